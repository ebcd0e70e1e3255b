; expect: 6: the window's divisor must be between 2 and 65535
; SPDX-License-Identifier: Apache-2.0
classes = unix
[tcp:request]
label = s:unix:Alpha:
sig   = 4:64:0:*:%1,0:mss::0
