; strict: 5: the MTU must be a number between 1 and 65535
; SPDX-License-Identifier: Apache-2.0
[mtu]
label = loopback
sig   = 65536
