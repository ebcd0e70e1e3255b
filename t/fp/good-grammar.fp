; SPDX-License-Identifier: Apache-2.0
;
; Every section, key and form of the grammar, without a slip.

classes = unix,win
classes=other

	; a comment behind a tab

[mtu]
label=A link, [any] text: a | b
sig=1
  sig   =   65535

[tcp:request]
label = s:unix:Alpha:
sig   = 4:64:0:*:*,*::df:0
sig   = 6:255:255:0:0,0:nop,mss,ws,sok,sack,ts,?0,?2,?30,?255:flow,ecn:+
sig   = *:1:0:65535:65535,255:eol+0::*

label = g:win:Beta 1.0/x-y_z!?():flavor: with | any = text
sig   = 4:60+4:0:1460:%2,*:mss,eol+255:df,id+,ecn,0+,seq-,ack+,uptr+:0
sig   = 4:64-:4:1460:%65535,*:mss:id-,ack-,urgf+,pushf+,ts1-,ts2+,opt+,exws,bad:0
sig   = 4:128:0:1460:mss*1,*:mss:id-:0
sig   = 4:128:0:1460:mss*1000,*:mss:id-:0
sig   = 4:128:0:1460:mtu*1,*:mss:id-:0
sig   = 4:128:0:1460:mtu*1000,*:mss:id-:0
sig   = 4:128:0:*:1,0:nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop::0

label = s:!:Tool:1.x
sys   = @unix,@WIN,Alpha, Other system (new)
sig   = *:64:0:*:9,*:sok::0

label = s:!:Tool:for nothing
sys   =
sig   = *:64:0:*:10,*:sok::0

label = s:!:Tool:without signatures
sys   = @other

[tcp:response]
label = s:UNIX:alpha:
sig   = *:64:0:*:mss*4,7:mss,sok,ts,nop,ws:df:0

[http:request]
ua_os = Alpha,Beta=[b e, t a:],Gamma
ua_os = Delta=[d]
label = s:!:Browser:7
sys   = Alpha,@win
sig   = *:Host,User-Agent,Accept=[,*/*;q=],?Accept-Language:Keep-Alive:Browser/

[http:response]
label = s:!:Server:2.x
sys   = @unix
sig   = 1:Date,Server,?Content-Length:Keep-Alive:Server/2

[tcp:request]
label = s:other:Again:
sig   = *:32:0:*:7,*:sok::0
