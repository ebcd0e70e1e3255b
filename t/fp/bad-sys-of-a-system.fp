; expect: 6: sys must follow a label of class "!", once
; SPDX-License-Identifier: Apache-2.0
classes = unix
[tcp:request]
label = s:unix:Alpha:
sys   = @unix
