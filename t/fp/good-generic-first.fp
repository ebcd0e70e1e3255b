; SPDX-License-Identifier: Apache-2.0
classes = unix
[tcp:request]
label = g:unix:Alpha:
sig   = 4:64:0:*:*,*:mss::0
label = s:unix:Alpha:
sig   = 4:64:0:*:5,*:mss::0
