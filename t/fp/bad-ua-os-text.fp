; expect: 4: the text in brackets in ua_os is empty or has no end
; SPDX-License-Identifier: Apache-2.0
[http:request]
ua_os = Alpha=[]
