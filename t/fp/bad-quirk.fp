; expect: 6: unknown quirk
; SPDX-License-Identifier: Apache-2.0
classes = unix
[tcp:request]
label = s:unix:Alpha:
sig   = 4:64:0:*:1,0:mss:mf:0
