; expect: 6: the MSS must be between 0 and 65535
; SPDX-License-Identifier: Apache-2.0
classes = unix
[tcp:request]
label = s:unix:Alpha:
sig   = 4:64:0:65536:1,0:mss::0
