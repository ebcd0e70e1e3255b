; expect: 3: a class name of letters and digits is missing
; SPDX-License-Identifier: Apache-2.0
classes = unix,
