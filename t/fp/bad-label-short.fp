; expect: 5: the label's name is missing, has a character not allowed there, or isn't ended by a colon
; SPDX-License-Identifier: Apache-2.0
classes = unix
[tcp:request]
label = s:unix:Alpha
