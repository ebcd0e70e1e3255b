; expect: 6: the multiple of the MTU must be between 1 and 1000
; SPDX-License-Identifier: Apache-2.0
classes = unix
[tcp:request]
label = s:unix:Alpha:
sig   = 4:64:0:*:mtu*0,0:mss::0
