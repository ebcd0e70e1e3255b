; expect: 4: the name of a system is missing in ua_os
; SPDX-License-Identifier: Apache-2.0
[http:request]
ua_os = ,Alpha
