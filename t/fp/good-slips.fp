; remark: 13: odd initial TTL: N, N+M and N- are the usual forms
; remark: 14: odd initial TTL: N, N+M and N- are the usual forms
; remark: 16: a comma behind the last entry of a list is ignored
; remark: 17: a comma behind the last entry of a list is ignored
; remark: 18: a number without digits is read as 0
; remark: 19: a number without digits is read as 0
; remark: 20: a number without digits is read as 0
; remark: 21: a number without digits is read as 0
; SPDX-License-Identifier: Apache-2.0
classes = unix
[tcp:request]
label = s:unix:Alpha:
sig   = 4:+64:0:*:1,0:mss::0
sig   = 4:64-0:*:2,0:mss::0
sig   = 4:64-:12:*:3,0:mss::0
sig   = 4:64:0:*:4,0:mss,::0
sig   = 4:64:0:*:5,0:mss:df,:0
sig   = 4:64:::6,0:mss::0
sig   = *:64:0:*:,:mss::0
sig   = 4:60+:0:*:7,0:mss:df,df:0
sig   = 4:64:0:*:8,0:?,eol+::0
