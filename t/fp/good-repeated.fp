; remark: 7: this signature is of no use: the one of line 6 matches all that it would
; SPDX-License-Identifier: Apache-2.0
classes = unix
[tcp:request]
label = s:unix:Alpha:
sig   = *:64:0:*:8192,0:mss:df,id+:0
sig   = *:64:0:*:8192,0:mss:df,id+:0
