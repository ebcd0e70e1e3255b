; expect: 4: "= 1500" is neither a section nor key = value
; SPDX-License-Identifier: Apache-2.0
[mtu]
= 1500
