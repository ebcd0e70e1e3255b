; SPDX-License-Identifier: Apache-2.0
;
; Systems and tools for the tests of matching: exact, generic and tool
; records that answer the packets of t/unit/match_v3_t.c.

classes = unix,win,other

[mtu]
label = Ethernet or modem
sig   = 576
sig   = 1500

label = DSL
sig   = 1492

[tcp:request]

label = s:unix:Linux:3.11 and newer
sig   = *:64:0:*:mss*20,7:mss,sok,ts,nop,ws:df,id+:0

label = s:unix:Linux:3.1-3.10
sig   = *:64:0:*:mss*10,4:mss,sok,ts,nop,ws:df,id+:0

label = s:unix:Linux:2.6.x
sig   = *:64:0:*:mss*4,7:mss,sok,ts,nop,ws:df,id+:0

label = g:unix:Linux:3.x
sig   = *:64:0:*:mss*10,*:mss,sok,ts,nop,ws:df,id+:0

label = g:unix:Linux:2.2.x-3.x
sig   = *:64:0:*:*,*:mss,sok,ts,nop,ws:df,id+:0

label = g:unix:Linux:2.2.x-3.x (barebone)
sig   = *:64:0:*:*,0:mss:df,id+:0

label = s:win:Windows:XP
sig   = *:128:0:*:65535,0:mss,nop,nop,sok:df,id+:0

label = s:win:Windows:7 or 8
sig   = *:128:0:*:8192,8:mss,nop,ws,nop,nop,sok:df,id+:0

label = g:win:Windows:NT kernel
sig   = *:128:0:*:*,*:mss,nop,ws,nop,nop,sok:df,id+:0

label = s:unix:Mac OS X:10.9 or newer
sig   = *:64:0:*:65535,4:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0

label = g:unix:Mac OS X:
sig   = *:64:0:*:65535,*:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0

label = s:other:OpenVMS:7.x
sig   = 4:64:0:*:61440,0:mss,nop,ws::0

label = s:!:Scanner:SYN scan
sys   = @unix,@win
sig   = *:64-:0:1460:1024,0:mss::0

label = s:!:Scanner:OS detection
sys   = @unix,@win
sig   = *:64-:0:265:512,0:mss,sok,ts:ack+:0

label = s:!:Probe:
sys   = @unix
sig   = *:192:0:1331:1337,0:mss,nop,eol+18::0

[tcp:response]

label = s:unix:Linux:3.x
sig   = *:64:0:*:mss*10,0:mss:df:0
sig   = *:64:0:*:mss*10,7:mss,sok,ts,nop,ws:df:0

label = s:unix:Linux:2.4.x
sig   = *:64:0:*:mss*4,0:mss,sok,ts,nop,ws:df:0

label = s:unix:Linux:2.6.x
sig   = *:64:0:*:mss*4,7:mss,sok,ts,nop,ws:df:0

label = s:win:Windows:7 or 8
sig   = *:128:0:*:8192,8:mss,nop,ws,nop,nop,sok:df,id+:0

label = s:unix:Solaris:6
sig   = *:255:0:*:mss*7,0:mss:df,id+:0
