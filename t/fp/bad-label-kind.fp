; expect: 5: a label must begin with g: (generic) or s: (specific)
; SPDX-License-Identifier: Apache-2.0
classes = unix
[tcp:request]
label = x:unix:Alpha:
