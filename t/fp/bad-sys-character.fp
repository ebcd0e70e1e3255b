; expect: 6: names of systems can't contain "+"
; SPDX-License-Identifier: Apache-2.0
classes = unix
[tcp:request]
label = s:!:Tool:
sys   = Al+pha
