; expect: 7: this signature is of no use: the one of line 6 matches all that it would
; SPDX-License-Identifier: Apache-2.0
classes = unix
[tcp:request]
label = s:unix:Alpha:
sig   = 4:64:0:*:%10,0:mss::0
sig   = 4:64:0:1460:100,0:mss::0
