; expect: 6: the window scale must be between 0 and 255
; SPDX-License-Identifier: Apache-2.0
classes = unix
[tcp:request]
label = s:unix:Alpha:
sig   = 4:64:0:*:1,256:mss::0
