; expect: 6: the IP version must be 4, 6 or *
; SPDX-License-Identifier: Apache-2.0
classes = unix
[tcp:request]
label = s:unix:Alpha:
sig   = 5:64:0:*:1,0:mss::0
