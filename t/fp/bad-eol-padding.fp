; expect: 6: the option eol needs its padding, as in eol+1
; SPDX-License-Identifier: Apache-2.0
classes = unix
[tcp:request]
label = s:unix:Alpha:
sig   = 4:64:0:*:1,0:eol::0
