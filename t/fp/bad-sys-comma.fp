; expect: 6: the name of a system or @class is missing after sys or a comma
; SPDX-License-Identifier: Apache-2.0
classes = unix
[tcp:request]
label = s:!:Tool:
sys   = @unix,
