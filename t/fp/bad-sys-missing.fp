; expect: 6: a label of class "!" must be followed by sys
; SPDX-License-Identifier: Apache-2.0
classes = unix
[tcp:request]
label = s:!:Tool:
sig   = 4:64:0:*:1,0:mss::0
