; expect: 6: eol must be the last of the TCP options
; SPDX-License-Identifier: Apache-2.0
classes = unix
[tcp:request]
label = s:unix:Alpha:
sig   = 4:64:0:*:1,0:eol+1,mss::0
