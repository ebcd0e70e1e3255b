; expect: 4: a signature must follow a label
; SPDX-License-Identifier: Apache-2.0
[mtu]
sig   = 1500
