; expect: 6: the window must be followed by a comma and the window scale
; SPDX-License-Identifier: Apache-2.0
classes = unix
[tcp:request]
label = s:unix:Alpha:
sig   = 4:64:0:*:1:mss::0
