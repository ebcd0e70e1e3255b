; expect: 4: a label must stand in a section
; SPDX-License-Identifier: Apache-2.0
classes = unix
label = s:unix:Alpha:
