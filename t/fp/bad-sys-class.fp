; expect: 6: the class "bsd" isn't in the list of classes
; SPDX-License-Identifier: Apache-2.0
classes = unix
[tcp:request]
label = s:!:Tool:
sys   = Alpha,@bsd
