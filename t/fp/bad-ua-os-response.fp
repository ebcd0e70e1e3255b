; expect: 4: ua_os belongs before the first label of a section [http:request]
; SPDX-License-Identifier: Apache-2.0
[http:response]
ua_os = Alpha
