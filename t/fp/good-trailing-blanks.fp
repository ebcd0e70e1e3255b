; remark: 7: blanks and carriage returns at the end of lines are ignored
; strict: 7: nothing may follow the payload class
; SPDX-License-Identifier: Apache-2.0
classes = unix
[tcp:request]
label = s:unix:Alpha:
sig   = 4:64:0:*:1,0:mss::0 	
sig = 4:64:0:*:2,0:mss::0 
