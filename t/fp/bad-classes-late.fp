; expect: 4: classes must come before the first section
; SPDX-License-Identifier: Apache-2.0
[mtu]
classes = unix
