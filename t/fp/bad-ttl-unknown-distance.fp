; expect: 6: unexpected "?" in the initial TTL
; SPDX-License-Identifier: Apache-2.0
classes = unix
[tcp:request]
label = s:unix:Alpha:
sig   = 4:64+?:0:*:1,0:mss::0
