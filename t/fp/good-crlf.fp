; remark: 4: blanks and carriage returns at the end of lines are ignored
; strict: 4: class names must be letters and digits, separated by commas
; SPDX-License-Identifier: Apache-2.0
classes = unix
[tcp:request]
label = s:unix:Alpha:
sig   = 4:64:0:*:1,0:mss::0
