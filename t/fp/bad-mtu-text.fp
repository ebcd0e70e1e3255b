; expect: 5: the MTU must be a number between 1 and 65595
; SPDX-License-Identifier: Apache-2.0
[mtu]
label = x
sig   = 1500 bytes
