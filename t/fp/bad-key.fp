; expect: 4: unknown key "sigs"
; SPDX-License-Identifier: Apache-2.0
[mtu]
sigs = 1500
