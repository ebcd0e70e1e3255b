; expect: 3: unknown section "[smtp:request]", it must be [mtu], [tcp:request], [tcp:response], [http:request] or [http:response]
; SPDX-License-Identifier: Apache-2.0
[smtp:request]
