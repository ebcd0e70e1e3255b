; remark: 5: the query socket shows 31 characters of a name or flavor only
; SPDX-License-Identifier: Apache-2.0
classes = unix
[tcp:request]
label = s:unix:Alpha:of thirty-two characters, quite so
sig   = 4:64:0:*:1,0:mss::0
