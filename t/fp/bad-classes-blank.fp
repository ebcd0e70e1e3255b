; expect: 3: class names must be letters and digits, separated by commas
; SPDX-License-Identifier: Apache-2.0
classes = unix ,win
