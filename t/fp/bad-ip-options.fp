; expect: 6: the IP option length must be between 0 and 255
; SPDX-License-Identifier: Apache-2.0
classes = unix
[tcp:request]
label = s:unix:Alpha:
sig   = 4:64:256:*:1,0:mss::0
