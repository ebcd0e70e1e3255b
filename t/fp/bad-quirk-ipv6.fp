; expect: 6: IPv6 packets can't have the quirk df
; SPDX-License-Identifier: Apache-2.0
classes = unix
[tcp:request]
label = s:unix:Alpha:
sig   = 6:64:0:*:1,0:mss:df:0
