; expect: 6: more than 24 TCP options
; SPDX-License-Identifier: Apache-2.0
classes = unix
[tcp:request]
label = s:unix:Alpha:
sig   = 4:64:0:*:1,0:nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop::0
