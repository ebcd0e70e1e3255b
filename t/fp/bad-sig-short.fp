; expect: 6: the signature ends after the MSS, it needs ver:ittl:olen:mss:win,scale:layout:quirks:pclass
; SPDX-License-Identifier: Apache-2.0
classes = unix
[tcp:request]
label = s:unix:Alpha:
sig   = 4:64:0:*
