; expect: 6: ua_os belongs before the first label of a section [http:request]
; SPDX-License-Identifier: Apache-2.0
classes = unix
[http:request]
label = s:unix:Alpha:
ua_os = Alpha
