; expect: 6: IPv4 packets can't have the quirk flow
; SPDX-License-Identifier: Apache-2.0
classes = unix
[tcp:request]
label = s:unix:Alpha:
sig   = 4:64:0:*:1,0:mss:flow:0
