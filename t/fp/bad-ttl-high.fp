; expect: 6: the initial TTL must be between 1 and 255
; SPDX-License-Identifier: Apache-2.0
classes = unix
[tcp:request]
label = s:unix:Alpha:
sig   = 4:256:0:*:1,0:mss::0
