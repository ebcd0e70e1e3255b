; expect: 6: the multiple of the MSS must be between 1 and 1000
; SPDX-License-Identifier: Apache-2.0
classes = unix
[tcp:request]
label = s:unix:Alpha:
sig   = 4:64:0:*:mss*1001,0:mss::0
