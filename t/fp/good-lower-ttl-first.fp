; SPDX-License-Identifier: Apache-2.0
classes = unix
[tcp:request]
label = s:unix:Alpha:
sig   = 4:60:0:*:*,*:mss::0
sig   = 4:64:0:*:*,*:mss::0
