; expect: 6: unexpected "x" in the layout of TCP options
; SPDX-License-Identifier: Apache-2.0
classes = unix
[tcp:request]
label = s:unix:Alpha:
sig   = 4:64:0:*:1,0:mssx::0
