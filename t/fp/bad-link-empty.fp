; expect: 4: the name of the link is missing
; SPDX-License-Identifier: Apache-2.0
[mtu]
label =
