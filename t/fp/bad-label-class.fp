; expect: 5: the label's class is missing or not ended by a colon
; SPDX-License-Identifier: Apache-2.0
classes = unix
[tcp:request]
label = s::Alpha:
