; SPDX-License-Identifier: Apache-2.0
;
; p0f.fp - TCP/IP and HTTP fingerprints of systems in use
; date: 2026-11-21
; licence: Apache-2.0 (see LICENSE); the signatures themselves are observations
;
; Format: fingerprint file of p0f 3 (3.09b reads it unchanged).
;
;   label = TYPE:CLASS:NAME:FLAVOR    TYPE s: specific, g: generic (known in kind only)
;                                     CLASS win, unix, other, or ! for a program
;   sys   = NAME,@CLASS               only after a ! label: systems the program runs on
;   sig   = VER:ITTL:OLEN:MSS:WINDOW,SCALE:OPTIONS:QUIRKS:PAYLOAD
;
; How the file is arranged. A signature describes what a stack writes, not what one
; packet held: fields that the path or the link decides (MSS, hop distance) are
; wildcards, windows are given by the rule that makes them (mss*44 rather than 64240),
; and each family ends with generic rules. A specific signature that fits exactly wins;
; then an exact generic one; then the first that fits but for the TTL, a missing df or
; id+, or an additional ecn or id-. Signatures with other options never compete.
;
; Modern stacks appear two or three times: with "flow" (IPv6 packets with a flow label;
; IPv4 packets ignore the word), with "ecn" (ECN or Accurate ECN asked for in the SYN)
; and as a "6:" signature without flow label.
;
; A name is what rules, sys = and ua_os compare: systems that send the same SYN have one
; (Linux for Android and ChromeOS, Apple for macOS and iOS; docs/signatures.md). A flavor
; says what the SYN can tell beyond it and no more: "10 or 11" means that the packet holds
; nothing that would tell the two apart. Keep names and flavors below 32 letters:
; p0f's query interface has no room for more.
;
; How to add a signature: take the raw_sig of a SYN whose sender you know for certain
; (tools/p0f -f p0f.fp -r CAPTURE -o LOG), replace ttl+distance by the initial TTL and
; the MSS by *, keep the window rule, put it under the label it belongs to, or under a
; new one, name your source in the comment, and add the SYN to t/golden. The long
; version is docs/signatures.md.
;
; Sources, named in the groups by these words:
;   measured   by us, t/tools/measure-linux on Linux 6.18 (values in its output)
;   reported   SYNs with a known sender published by Satori's, Huginn's and
;              Peace-Maker's observers, 2008 to 2024
;   p0f3       signatures known to p0f 3.09b's list (M. Zalewski and contributors, 2014)
;   p0f2       signatures known to p0f 2's list (the same, 2006)
;   ja4t       examples published with JA4T by FoxIO, 2024
;   SkyProxy   SYNs of own devices published by Muno459, March 2026
;   captures   SYNs in captures published by Zeek, Suricata, nDPI and Arkime for tests
;   rule       follows from how the stack computes the field (documentation, RFCs, or
;              the measured behaviour of the same stack)

classes = win,unix,other

; =====================================================================
; MTU: what kind of link the client's MSS stands for
; =====================================================================

[mtu]

; RFC 894, RFC 791 (576 is what every host must take). p0f3.
label = Ethernet or modem
sig   = 576
sig   = 1500

; RFC 2516: PPPoE leaves 1492; the lower two are common provider settings. p0f3.
label = DSL
sig   = 1452
sig   = 1454
sig   = 1492

; RFC 8200 minimum and tunnels that keep to it. p0f3.
label = GIF
sig   = 1240
sig   = 1280

; Encapsulations without a value of their own. WireGuard leaves 1420 of Ethernet, 1440 if
; it runs over IPv4 only, 1412 of PPPoE; VPN clients often take a round number. p0f3, rule.
label = generic tunnel or VPN
sig   = 1300
sig   = 1320
sig   = 1340
sig   = 1350
sig   = 1360
sig   = 1380
sig   = 1400
sig   = 1412
sig   = 1420
sig   = 1440
sig   = 1450
sig   = 1460

; RFC 2784: 1500 - 20 - 4. p0f3.
label = IPSec or GRE
sig   = 1476

; RFC 2003, RFC 4213: 1500 - 20. p0f3.
label = IPIP or SIT
sig   = 1480

; RFC 2637. p0f3.
label = PPTP
sig   = 1490

; 3GPP TS 23.060, annex C (1358: what GTP and IPsec leave of 1500), and a carrier's 1428.
label = mobile network
sig   = 1358
sig   = 1428

label = AX.25 radio modem
sig   = 256

label = SLIP
sig   = 552

label = Google
sig   = 1470

; RFC 5517 and its like: a tag counted against the payload. p0f3.
label = VLAN
sig   = 1496

label = Ericsson HIS modem
sig   = 1656

; Frames above 1500. 9001 is usual inside Amazon's network, 8896 the most in Google's.
; p0f3, rule.
label = jumbo Ethernet
sig   = 8896
sig   = 9000
sig   = 9001

; Inside one host: 65535 for Linux since 3.6, 16436 for Linux before, 16384 for the BSDs and
; macOS, 3924 for Linux 2.2. Linux's loopback MTU is 65536, which shows over IPv6 only (an
; IPv4 MSS ends at 65495); the format ends at 65535, so that this has to stand for both.
; measured, captures, p0f3.
label = loopback
sig   = 3924
sig   = 16384
sig   = 16436
sig   = 65535

; =====================================================================
; SYN
; =====================================================================

[tcp:request]

; ---------------------------------------------------------------------
; Linux
; ---------------------------------------------------------------------
; Layout: mss,sok,ts,nop,ws. Without timestamps sok is padded in front (nop,nop,sok);
; without SACK the timestamp is; without scaling nop,ws is missing. TTL 64, DF, counted ID.
; Window: the receive buffer's share (tcp_rmem, second number), rounded down to whole
; segments and cut at 65535; before 4.20 no more than a fixed number of segments (4, later 10,
; later 20). Scale: the largest buffer allowed (tcp_rmem, third number, or rmem_max):
; 2 MB 6, 4 and 6 MB 7, 8 MB 8, 16 MB 9, 32 MB 10. So the scale tells the memory and the
; tuning, not the version, and is a wildcard in most rules.

; Loopback first. Its MTU is 65536 since 3.6: MSS 65495 over IPv4, 65476 over IPv6, 65475
; with 65535 set by hand. The window is one segment, or what the buffer's share leaves of it
; (43690 up to 4.19, 33280 in 6.6 to 6.8, less in small buffers), so it says nothing more.
; measured, captures.

label = s:unix:Linux:3.6 or newer (loopback)
sig   = 4:64:0:65495:*,*:mss,sok,ts,nop,ws:df,id+:0
sig   = 4:64:0:65495:*,*:mss,sok,ts,nop,ws:df,id+,ecn:0
sig   = 6:64:0:65476:*,*:mss,sok,ts,nop,ws:flow:0
sig   = 6:64:0:65476:*,*:mss,sok,ts,nop,ws:ecn,flow:0
sig   = 6:64:0:65476:*,*:mss,sok,ts,nop,ws::0
sig   = 6:64:0:65475:*,*:mss,sok,ts,nop,ws:flow:0
sig   = 6:64:0:65475:*,*:mss,sok,ts,nop,ws:ecn,flow:0
sig   = 6:64:0:65475:*,*:mss,sok,ts,nop,ws::0
sig   = 4:64:0:65495:*,*:mss,nop,nop,sok,nop,ws:df,id+:0
sig   = 6:64:0:65476:*,*:mss,nop,nop,sok,nop,ws:flow:0
sig   = 4:64:0:65495:*,*:mss,nop,nop,ts,nop,ws:df,id+:0
sig   = 6:64:0:65476:*,*:mss,nop,nop,ts,nop,ws:flow:0
sig   = 4:64:0:65495:*,*:mss,nop,ws:df,id+:0
sig   = 6:64:0:65476:*,*:mss,nop,ws:flow:0
sig   = 4:64:0:65495:*,0:mss,sok,ts:df,id+:0
sig   = 6:64:0:65476:*,0:mss,sok,ts:flow:0
sig   = 4:64:0:65495:*,0:mss,nop,nop,sok:df,id+:0
sig   = 6:64:0:65476:*,0:mss,nop,nop,sok:flow:0
sig   = 4:64:0:65495:*,0:mss:df,id+:0
sig   = 6:64:0:65476:*,0:mss:flow:0
sig   = 4:64:0:65495:*,*:mss,sok,ts,nop,ws:df,id+,ts2+:0
sig   = 6:64:0:65476:*,*:mss,sok,ts,nop,ws:flow,ts2+:0

label = s:unix:Linux:3.x (loopback)
sig   = *:64:0:16396:mss*2,4:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:16376:mss*2,4:mss,sok,ts,nop,ws:df,id+:0

label = s:unix:Linux:2.6.x (loopback)
sig   = *:64:0:16396:mss*2,2:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:16376:mss*2,2:mss,sok,ts,nop,ws:df,id+:0

label = s:unix:Linux:2.4.x (loopback)
sig   = *:64:0:16396:mss*2,0:mss,sok,ts,nop,ws:df,id+:0

label = s:unix:Linux:2.2.x (loopback)
sig   = *:64:0:3884:mss*8,0:mss,sok,ts,nop,ws:df,id+:0

; 2.6 and 3.x with other scales over the old loopback MTU. captures.
label = s:unix:Linux:2.6 or 3.x (loopback)
sig   = *:64:0:16396:mss*2,*:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:16376:mss*2,*:mss,sok,ts,nop,ws:df,id+:0

; 2.2 had no buffers to scale: scale 0 and 11, 20 or 22 segments. p0f2, p0f3, reported. A
; program that sets SO_RCVBUF to 32768 gets the same today (measured; Roku, reported).

label = s:unix:Linux:2.2.x (or small buffers)
sig   = *:64:0:*:mss*11,0:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*20,0:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*22,0:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*22,0:mss,nop,nop,sok,nop,ws:df,id+:0

; 4 segments: 2.4 and 2.6. The scale grew with the default buffers. p0f2, p0f3, reported.

label = s:unix:Linux:2.4 or 2.6
sig   = *:64:0:*:mss*4,0:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*4,0:mss,nop,nop,sok,nop,ws:df,id+:0
sig   = *:64:0:*:mss*4,1:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*4,2:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*3,0:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*3,1:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*3,2:mss,sok,ts,nop,ws:df,id+:0

; A crawler of Google's that cleared DF and had MSS 1430 (p0f3), with DF in 2.4 (p0f2).
label = s:unix:Linux:2.6.x (Google crawler)
sig   = 4:64:0:1430:mss*4,6:mss,sok,ts,nop,ws::0

; 43690 bytes (see "tuned" below) are 4 segments of a jumbo frame. measured.
label = s:unix:Linux:4.20 or newer (tuned, jumbo)
sig   = 4:64:0:8960:mss*4,7:mss,sok,ts,nop,ws:df,id+:0
sig   = 4:64:0:8961:mss*4,7:mss,sok,ts,nop,ws:df,id+:0

label = s:unix:Linux:2.6.x
sig   = *:64:0:*:mss*4,3:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*4,4:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*4,5:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*4,6:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*4,7:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*4,8:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*4,*:mss,nop,nop,sok,nop,ws:df,id+:0
sig   = *:64:0:*:mss*4,0:mss,sok,ts:df,id+:0
sig   = *:64:0:*:mss*4,0:mss:df,id+:0

; 10 segments (RFC 6928): 3.0 to 3.10, and the Android 4 built on them. p0f3, reported
; (Android 4.1 scale 4, Fire TV and Google Home scale 6, Samsung TV and Roku scale 7).

label = s:unix:Linux:3.0 to 3.10 (or Android 4)
sig   = *:64:0:*:mss*10,4:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*10,4:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*10,5:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*10,5:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*10,6:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*10,6:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*10,7:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*10,7:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*10,4:mss,nop,nop,sok,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*10,4:mss,nop,nop,sok,nop,ws::0
sig   = *:64:0:*:mss*10,5:mss,nop,nop,sok,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*10,5:mss,nop,nop,sok,nop,ws::0
sig   = *:64:0:*:mss*10,6:mss,nop,nop,sok,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*10,6:mss,nop,nop,sok,nop,ws::0
sig   = *:64:0:*:mss*10,7:mss,nop,nop,sok,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*10,7:mss,nop,nop,sok,nop,ws::0
sig   = *:64:0:*:mss*10,0:mss,sok,ts:df,id+,flow:0
sig   = 6:64:0:*:mss*10,0:mss,sok,ts::0
sig   = *:64:0:*:mss*10,0:mss:df,id+,flow:0
sig   = 6:64:0:*:mss*10,0:mss::0

; 20 segments: 3.10 to 4.19. reported for RHEL and CentOS 7, Raspberry Pi,
; Ubuntu 18, Tizen, Android 7, BrightSign; captures.

label = s:unix:Linux:3.10 to 4.19
sig   = *:64:0:*:mss*20,7:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = *:64:0:*:mss*20,7:mss,sok,ts,nop,ws:df,id+,ecn,flow:0
sig   = 6:64:0:*:mss*20,7:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*20,4:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*20,4:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*20,5:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*20,5:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*20,6:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*20,6:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*20,8:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*20,8:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*20,9:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*20,9:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*20,7:mss,nop,nop,sok,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*20,7:mss,nop,nop,sok,nop,ws::0
sig   = *:64:0:*:mss*20,4:mss,nop,nop,sok,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*20,4:mss,nop,nop,sok,nop,ws::0
sig   = *:64:0:*:mss*20,5:mss,nop,nop,sok,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*20,5:mss,nop,nop,sok,nop,ws::0
sig   = *:64:0:*:mss*20,6:mss,nop,nop,sok,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*20,6:mss,nop,nop,sok,nop,ws::0
sig   = *:64:0:*:mss*20,8:mss,nop,nop,sok,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*20,8:mss,nop,nop,sok,nop,ws::0
sig   = *:64:0:*:mss*20,9:mss,nop,nop,sok,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*20,9:mss,nop,nop,sok,nop,ws::0
sig   = *:64:0:*:mss*20,0:mss,sok,ts:df,id+,flow:0
sig   = 6:64:0:*:mss*20,0:mss,sok,ts::0
sig   = *:64:0:*:mss*20,0:mss:df,id+,flow:0
sig   = 6:64:0:*:mss*20,0:mss::0
sig   = *:64:0:*:mss*20,*:mss,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*20,*:mss,nop,ws::0
sig   = *:64:0:*:mss*20,*:mss,nop,nop,ts,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*20,*:mss,nop,nop,ts,nop,ws::0

; Other scales: tuned hosts of those years, or a route with initrwnd 20 since (measured).
label = s:unix:Linux:3.10 to 4.19 (or initrwnd)
sig   = *:64:0:*:mss*20,*:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = *:64:0:*:mss*20,*:mss,sok,ts,nop,ws:df,id+,ecn,flow:0
sig   = 6:64:0:*:mss*20,*:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*20,*:mss,nop,nop,sok,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*20,*:mss,nop,nop,sok,nop,ws::0

; Jumbo frames: the 20 segments become 29200 / MSS, that is 3; so does a quarter of the
; buffer in 6.6 to 6.8.
label = s:unix:Linux:3.10-4.19 or 6.6-6.8 (jumbo)
sig   = 4:64:0:8960:mss*3,*:mss,sok,ts,nop,ws:df,id+:0
sig   = 4:64:0:8961:mss*3,*:mss,sok,ts,nop,ws:df,id+:0
sig   = 6:64:0:8940:mss*3,*:mss,sok,ts,nop,ws:flow:0
sig   = 6:64:0:8941:mss*3,*:mss,sok,ts,nop,ws:flow:0

; 44 segments with a scale of 1 or 3: the first Androids (p0f3), and programs that set their
; own receive buffer on any Linux since 4.20 (measured: SO_RCVBUF 65536; Roku, reported).

label = s:unix:Linux:SO_RCVBUF set (or Android 2-3)
sig   = *:64:0:*:mss*44,1:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*44,3:mss,sok,ts,nop,ws:df,id+:0

; Half of the default buffer of 131072 bytes in whole segments: 4.20 and everything since,
; but for the time of the next label. mss*44 is the 64240 of Ethernet, and stays 64240 when
; the path clamps the MSS (then 64240 is still 44 times 1460). The other factors are
; 65535 / MSS for the MTUs of tunnels, PPPoE, IPv6 and jumbo frames. measured
; (MTU 576 to 9000, IPv4 and IPv6); reported for Ubuntu 20 and 22, Debian 12, Roku;
; ja4t for WSL and Amazon's image (mss*7); SkyProxy for Android 16 on a Pixel 9. The plain
; numbers are whole segments of jumbo frames and PPPoE whose MSS was clamped on the path.

; 6.17 raised the third number of tcp_rmem to 32 MB: scale 10 (measured). Older kernels set
; so by hand do the same (captures). A port that is still in TIME_WAIT may be taken again
; (tcp_tw_reuse: over loopback by default, elsewhere on many proxies): such a SYN echoes the
; last timestamp (ts2+) and reckons the window without the room for one (measured).

label = s:unix:Linux:6.17 or newer (or tuned)
sig   = *:64:0:*:mss*44,10:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = *:64:0:*:mss*44,10:mss,sok,ts,nop,ws:df,id+,ecn,flow:0
sig   = 6:64:0:*:mss*44,10:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*45,10:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = *:64:0:*:mss*45,10:mss,sok,ts,nop,ws:df,id+,ecn,flow:0
sig   = 6:64:0:*:mss*45,10:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*46,10:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = *:64:0:*:mss*46,10:mss,sok,ts,nop,ws:df,id+,ecn,flow:0
sig   = 6:64:0:*:mss*46,10:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*47,10:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = *:64:0:*:mss*47,10:mss,sok,ts,nop,ws:df,id+,ecn,flow:0
sig   = 6:64:0:*:mss*47,10:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*48,10:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = *:64:0:*:mss*48,10:mss,sok,ts,nop,ws:df,id+,ecn,flow:0
sig   = 6:64:0:*:mss*48,10:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*7,10:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = *:64:0:*:mss*7,10:mss,sok,ts,nop,ws:df,id+,ecn,flow:0
sig   = 6:64:0:*:mss*7,10:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*45,10:mss,sok,ts,nop,ws:df,id+,flow,ts2+:0
sig   = 6:64:0:*:mss*45,10:mss,sok,ts,nop,ws:ts2+:0
sig   = *:64:0:*:mss*46,10:mss,sok,ts,nop,ws:df,id+,flow,ts2+:0
sig   = 6:64:0:*:mss*46,10:mss,sok,ts,nop,ws:ts2+:0
sig   = *:64:0:*:mss*47,10:mss,sok,ts,nop,ws:df,id+,flow,ts2+:0
sig   = 6:64:0:*:mss*47,10:mss,sok,ts,nop,ws:ts2+:0
sig   = *:64:0:*:mss*48,10:mss,sok,ts,nop,ws:df,id+,flow,ts2+:0
sig   = 6:64:0:*:mss*48,10:mss,sok,ts,nop,ws:ts2+:0
sig   = *:64:0:*:mss*49,10:mss,sok,ts,nop,ws:df,id+,flow,ts2+:0
sig   = 6:64:0:*:mss*49,10:mss,sok,ts,nop,ws:ts2+:0
sig   = *:64:0:*:mss*52,10:mss,sok,ts,nop,ws:df,id+,flow,ts2+:0
sig   = 6:64:0:*:mss*52,10:mss,sok,ts,nop,ws:ts2+:0
sig   = *:64:0:*:mss*53,10:mss,sok,ts,nop,ws:df,id+,flow,ts2+:0
sig   = 6:64:0:*:mss*53,10:mss,sok,ts,nop,ws:ts2+:0
sig   = *:64:0:*:mss*54,10:mss,sok,ts,nop,ws:df,id+,flow,ts2+:0
sig   = 6:64:0:*:mss*54,10:mss,sok,ts,nop,ws:ts2+:0
sig   = *:64:0:*:mss*7,10:mss,sok,ts,nop,ws:df,id+,flow,ts2+:0
sig   = 6:64:0:*:mss*7,10:mss,sok,ts,nop,ws:ts2+:0

label = s:unix:Linux:4.20 or newer (or Android)
sig   = *:64:0:*:mss*44,*:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = *:64:0:*:mss*44,*:mss,sok,ts,nop,ws:df,id+,ecn,flow:0
sig   = 6:64:0:*:mss*44,*:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*45,*:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = *:64:0:*:mss*45,*:mss,sok,ts,nop,ws:df,id+,ecn,flow:0
sig   = 6:64:0:*:mss*45,*:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*46,*:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = *:64:0:*:mss*46,*:mss,sok,ts,nop,ws:df,id+,ecn,flow:0
sig   = 6:64:0:*:mss*46,*:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*47,*:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = *:64:0:*:mss*47,*:mss,sok,ts,nop,ws:df,id+,ecn,flow:0
sig   = 6:64:0:*:mss*47,*:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*48,*:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = *:64:0:*:mss*48,*:mss,sok,ts,nop,ws:df,id+,ecn,flow:0
sig   = 6:64:0:*:mss*48,*:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*49,*:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*49,*:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*50,*:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*50,*:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*51,*:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*51,*:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*52,*:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*52,*:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*53,*:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = *:64:0:*:mss*53,*:mss,sok,ts,nop,ws:df,id+,ecn,flow:0
sig   = 6:64:0:*:mss*53,*:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*54,*:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*54,*:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*122,*:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*122,*:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*7,*:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = *:64:0:*:mss*7,*:mss,sok,ts,nop,ws:df,id+,ecn,flow:0
sig   = 6:64:0:*:mss*7,*:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:62727,*:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:62727,*:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:62720,*:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:62720,*:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:61992,*:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:61992,*:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:65340,*:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:65340,*:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:65320,*:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:65320,*:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:64860,*:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:64860,*:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:64400,*:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:64400,*:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*44,*:mss,nop,nop,sok,nop,ws:df,id+,flow:0
sig   = *:64:0:*:mss*44,*:mss,nop,nop,sok,nop,ws:df,id+,ecn,flow:0
sig   = 6:64:0:*:mss*44,*:mss,nop,nop,sok,nop,ws::0
sig   = *:64:0:*:mss*45,*:mss,nop,nop,sok,nop,ws:df,id+,flow:0
sig   = *:64:0:*:mss*45,*:mss,nop,nop,sok,nop,ws:df,id+,ecn,flow:0
sig   = 6:64:0:*:mss*45,*:mss,nop,nop,sok,nop,ws::0
sig   = *:64:0:*:mss*44,*:mss,nop,nop,ts,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*44,*:mss,nop,nop,ts,nop,ws::0
sig   = *:64:0:*:mss*45,*:mss,nop,nop,ts,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*45,*:mss,nop,nop,ts,nop,ws::0
sig   = *:64:0:*:mss*44,*:mss,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*44,*:mss,nop,ws::0
sig   = *:64:0:*:mss*45,*:mss,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*45,*:mss,nop,ws::0
sig   = *:64:0:*:mss*44,0:mss,sok,ts:df,id+,flow:0
sig   = 6:64:0:*:mss*44,0:mss,sok,ts::0
sig   = *:64:0:*:mss*45,0:mss,sok,ts:df,id+,flow:0
sig   = 6:64:0:*:mss*45,0:mss,sok,ts::0
sig   = *:64:0:*:mss*44,0:mss,nop,nop,ts:df,id+,flow:0
sig   = 6:64:0:*:mss*44,0:mss,nop,nop,ts::0
sig   = *:64:0:*:mss*45,0:mss,nop,nop,ts:df,id+,flow:0
sig   = 6:64:0:*:mss*45,0:mss,nop,nop,ts::0
sig   = *:64:0:*:mss*44,0:mss:df,id+,flow:0
sig   = 6:64:0:*:mss*44,0:mss::0
sig   = *:64:0:*:mss*45,0:mss:df,id+,flow:0
sig   = 6:64:0:*:mss*45,0:mss::0
sig   = *:64:0:*:mss*44,0:mss,nop,nop,sok:df,id+,flow:0
sig   = *:64:0:*:mss*44,0:mss,nop,nop,sok:df,id+,ecn,flow:0
sig   = 6:64:0:*:mss*44,0:mss,nop,nop,sok::0
sig   = *:64:0:*:mss*45,0:mss,nop,nop,sok:df,id+,flow:0
sig   = *:64:0:*:mss*45,0:mss,nop,nop,sok:df,id+,ecn,flow:0
sig   = 6:64:0:*:mss*45,0:mss,nop,nop,sok::0
sig   = *:64:0:*:mss*45,*:mss,sok,ts,nop,ws:df,id+,flow,ts2+:0
sig   = 6:64:0:*:mss*45,*:mss,sok,ts,nop,ws:ts2+:0
sig   = *:64:0:*:mss*46,*:mss,sok,ts,nop,ws:df,id+,flow,ts2+:0
sig   = 6:64:0:*:mss*46,*:mss,sok,ts,nop,ws:ts2+:0
sig   = *:64:0:*:mss*47,*:mss,sok,ts,nop,ws:df,id+,flow,ts2+:0
sig   = 6:64:0:*:mss*47,*:mss,sok,ts,nop,ws:ts2+:0
sig   = *:64:0:*:mss*48,*:mss,sok,ts,nop,ws:df,id+,flow,ts2+:0
sig   = 6:64:0:*:mss*48,*:mss,sok,ts,nop,ws:ts2+:0
sig   = *:64:0:*:mss*49,*:mss,sok,ts,nop,ws:df,id+,flow,ts2+:0
sig   = 6:64:0:*:mss*49,*:mss,sok,ts,nop,ws:ts2+:0
sig   = *:64:0:*:mss*52,*:mss,sok,ts,nop,ws:df,id+,flow,ts2+:0
sig   = 6:64:0:*:mss*52,*:mss,sok,ts,nop,ws:ts2+:0
sig   = *:64:0:*:mss*53,*:mss,sok,ts,nop,ws:df,id+,flow,ts2+:0
sig   = 6:64:0:*:mss*53,*:mss,sok,ts,nop,ws:ts2+:0
sig   = *:64:0:*:mss*54,*:mss,sok,ts,nop,ws:df,id+,flow,ts2+:0
sig   = 6:64:0:*:mss*54,*:mss,sok,ts,nop,ws:ts2+:0
sig   = *:64:0:*:mss*7,*:mss,sok,ts,nop,ws:df,id+,flow,ts2+:0
sig   = 6:64:0:*:mss*7,*:mss,sok,ts,nop,ws:ts2+:0

; A quarter of the buffer instead of half: 6.6 to 6.8. reported for Ubuntu 24 (6.8) and
; EndeavourOS (6.6) with scale 7. A default buffer of 65536 gives the same (measured).

label = s:unix:Linux:6.6 to 6.8 (or tuned)
sig   = *:64:0:*:mss*22,*:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = *:64:0:*:mss*22,*:mss,sok,ts,nop,ws:df,id+,ecn,flow:0
sig   = 6:64:0:*:mss*22,*:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*23,*:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = *:64:0:*:mss*23,*:mss,sok,ts,nop,ws:df,id+,ecn,flow:0
sig   = 6:64:0:*:mss*23,*:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*24,*:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = *:64:0:*:mss*24,*:mss,sok,ts,nop,ws:df,id+,ecn,flow:0
sig   = 6:64:0:*:mss*24,*:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*25,*:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*25,*:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*26,*:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*26,*:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*27,*:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*27,*:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*22,*:mss,nop,nop,sok,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*22,*:mss,nop,nop,sok,nop,ws::0

; Default buffer 87380, as tcp_rmem was before 4.20 and as many hosts still set it: 43690
; bytes in whole segments. reported (Roku scale 7, a test appliance scale 13), measured.

label = s:unix:Linux:4.20 or newer (tuned)
sig   = *:64:0:*:mss*29,*:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*29,*:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*30,*:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*30,*:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*31,*:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*31,*:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*32,*:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*32,*:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*33,*:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*33,*:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*34,*:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*34,*:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*35,*:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:mss*35,*:mss,sok,ts,nop,ws::0

; ---------------------------------------------------------------------
; Android
; ---------------------------------------------------------------------
; Android sets tcp_rmem for each kind of network so large that the window is the
; greatest that fits, 65535. The scale depends on vendor and network: 6 to 10. A Linux
; host with the same buffers sends the same SYN (ja4t has an Ubuntu 22.04 with scale 8), and
; other Androids send the one of plain Linux, so the name is Linux (as in p0f3).
; reported for Android 5 to 10, Fire TV, Echo Show; Huginn, Peace-Maker; captures.

label = s:unix:Linux:Android 5 or newer (or tuned)
sig   = *:64:0:*:65535,6:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = *:64:0:*:65535,6:mss,sok,ts,nop,ws:df,id+,ecn,flow:0
sig   = 6:64:0:*:65535,6:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:65535,7:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = *:64:0:*:65535,7:mss,sok,ts,nop,ws:df,id+,ecn,flow:0
sig   = 6:64:0:*:65535,7:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:65535,8:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = *:64:0:*:65535,8:mss,sok,ts,nop,ws:df,id+,ecn,flow:0
sig   = 6:64:0:*:65535,8:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:65535,9:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = *:64:0:*:65535,9:mss,sok,ts,nop,ws:df,id+,ecn,flow:0
sig   = 6:64:0:*:65535,9:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:65535,10:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = *:64:0:*:65535,10:mss,sok,ts,nop,ws:df,id+,ecn,flow:0
sig   = 6:64:0:*:65535,10:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:65535,11:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = *:64:0:*:65535,11:mss,sok,ts,nop,ws:df,id+,ecn,flow:0
sig   = 6:64:0:*:65535,11:mss,sok,ts,nop,ws::0
sig   = 4:64:0:*:65535,6:mss,sok,ts,nop,ws:df:0
sig   = 4:64:0:*:65535,7:mss,sok,ts,nop,ws:df:0
sig   = 4:64:0:*:65535,8:mss,sok,ts,nop,ws:df:0
sig   = 4:64:0:*:65535,9:mss,sok,ts,nop,ws:df:0

; Any other window: buffers set by hand, an old kernel on an odd link, a box on the way that
; rewrote the window. The layouts are what is left of the options when timestamps, SACK or
; scaling are off (measured), when a firewall blanked them with NOPs (rule; p0f3 knew one
; case as BaiduSpider), or when TCP Fast Open (34), Multipath TCP (30) or an experiment
; (254) was asked for (RFC 7413, RFC 8684; measured).

label = s:unix:BaiduSpider:
sig   = *:64:0:1460:mss*4,7:mss,sok,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,ws:df,id+:0
sig   = *:64:0:1460:mss*4,2:mss,sok,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,ws:df,id+:0

label = g:unix:Linux:3.x (or initrwnd 10)
sig   = *:64:0:*:mss*10,*:mss,sok,ts,nop,ws:df,id+:0

label = g:unix:Linux:2.4 to 2.6
sig   = *:64:0:*:mss*4,*:mss,sok,ts,nop,ws:df,id+:0

label = g:unix:Linux:
sig   = *:64:0:*:*,*:mss,sok,ts,nop,ws:df,id+,flow:0
sig   = *:64:0:*:*,*:mss,sok,ts,nop,ws:df,id+,ecn,flow:0
sig   = 6:64:0:*:*,*:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:*,*:mss,sok,ts,nop,ws:df,id+,flow,ts1-:0
sig   = 6:64:0:*:*,*:mss,sok,ts,nop,ws:ts1-:0
sig   = *:64:0:*:*,*:mss,sok,ts,nop,ws:df,id+,flow,ts2+:0
sig   = 6:64:0:*:*,*:mss,sok,ts,nop,ws:ts2+:0
sig   = *:64:0:*:*,*:mss,sok,ts,nop,ws:df,id+,flow,ack+:0
sig   = 6:64:0:*:*,*:mss,sok,ts,nop,ws:ack+:0
sig   = *:64:0:*:*,*:mss,sok,ts,nop,ws:df,id+,flow,uptr+:0
sig   = 6:64:0:*:*,*:mss,sok,ts,nop,ws:uptr+:0
sig   = *:64:0:*:*,*:mss,sok,ts,nop,ws:df,id+,flow,pushf+:0
sig   = 6:64:0:*:*,*:mss,sok,ts,nop,ws:pushf+:0
sig   = *:64:0:*:*,*:mss,sok,ts,nop,ws,?34,nop,nop:df,id+,flow:*
sig   = *:64:0:*:*,*:mss,sok,ts,nop,ws,?34,nop,nop:df,id+,ecn,flow:*
sig   = 6:64:0:*:*,*:mss,sok,ts,nop,ws,?34,nop,nop::*
sig   = *:64:0:*:*,*:mss,sok,ts,nop,ws,?34,nop,nop:df,id+,flow,ts1-:*
sig   = 6:64:0:*:*,*:mss,sok,ts,nop,ws,?34,nop,nop:ts1-:*
sig   = *:64:0:*:*,*:mss,sok,ts,nop,ws,?254:df,id+,flow:*
sig   = *:64:0:*:*,*:mss,sok,ts,nop,ws,?30:df,id+,flow:0
sig   = *:64:0:*:*,*:mss,sok,ts,nop,ws,?30:df,id+,ecn,flow:0
sig   = 6:64:0:*:*,*:mss,sok,ts,nop,ws,?30::0
sig   = *:64:0:*:*,*:mss,sok,ts,nop,ws,?30:df,id+,flow,ts1-:0
sig   = 6:64:0:*:*,*:mss,sok,ts,nop,ws,?30:ts1-:0

label = g:unix:Linux:no timestamps
sig   = *:64:0:*:*,*:mss,nop,nop,sok,nop,ws:df,id+,flow:0
sig   = *:64:0:*:*,*:mss,nop,nop,sok,nop,ws:df,id+,ecn,flow:0
sig   = 6:64:0:*:*,*:mss,nop,nop,sok,nop,ws::0
sig   = *:64:0:*:*,*:mss,nop,nop,sok,nop,ws,?34,nop,nop:df,id+,flow:0
sig   = 6:64:0:*:*,*:mss,nop,nop,sok,nop,ws,?34,nop,nop::0
sig   = *:64:0:*:*,*:mss,nop,nop,sok,nop,ws,?30:df,id+,flow:0
sig   = 6:64:0:*:*,*:mss,nop,nop,sok,nop,ws,?30::0

; RFC 2385, as routers protect BGP. measured.
label = g:unix:Linux:TCP MD5 signature
sig   = *:64:0:*:*,*:nop,nop,?19,mss,nop,nop,sok,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:*,*:nop,nop,?19,mss,nop,nop,sok,nop,ws::0

label = g:unix:Linux:no SACK
sig   = *:64:0:*:*,*:mss,nop,nop,ts,nop,ws,?34,nop,nop:df,id+,flow:0
sig   = 6:64:0:*:*,*:mss,nop,nop,ts,nop,ws,?34,nop,nop::0
sig   = *:64:0:*:*,*:mss,nop,nop,ts,nop,ws,?30:df,id+,flow:0
sig   = 6:64:0:*:*,*:mss,nop,nop,ts,nop,ws,?30::0
sig   = *:64:0:*:*,*:mss,nop,ws,?34,nop,nop:df,id+,flow:0
sig   = 6:64:0:*:*,*:mss,nop,ws,?34,nop,nop::0
sig   = *:64:0:*:*,*:mss,nop,ws,?30:df,id+,flow:0
sig   = 6:64:0:*:*,*:mss,nop,ws,?30::0
sig   = *:64:0:*:*,*:mss,nop,nop,ts,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:*,*:mss,nop,nop,ts,nop,ws::0
sig   = *:64:0:*:*,*:mss,nop,nop,ts,nop,ws:df,id+,flow,ts1-:0
sig   = 6:64:0:*:*,*:mss,nop,nop,ts,nop,ws:ts1-:0
sig   = *:64:0:*:*,*:mss,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:*,*:mss,nop,ws::0

label = g:unix:Linux:no window scale
sig   = *:64:0:*:*,0:mss,sok,ts:df,id+,flow:0
sig   = *:64:0:*:*,0:mss,sok,ts:df,id+,flow,ts1-:0
sig   = 6:64:0:*:*,0:mss,sok,ts:ts1-:0
sig   = *:64:0:*:*,0:mss,sok,ts::0
sig   = 4:64:0:*:*,0:mss,sok,ts:df:0
sig   = 4:64:0:*:*,0:mss,sok,ts:id-:0
sig   = *:64:0:*:*,0:mss,nop,nop,ts:df,id+,flow:0
sig   = 6:64:0:*:*,0:mss,nop,nop,ts::0

label = g:unix:Linux:options blanked on the way
sig   = *:64:0:*:*,*:mss,sok,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:*,*:mss,sok,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,ws::0
sig   = *:64:0:*:*,0:mss,sok,ts,nop,nop,nop,nop:df,id+,flow:0
sig   = 6:64:0:*:*,0:mss,sok,ts,nop,nop,nop,nop::0
sig   = *:64:0:*:*,0:mss,nop,nop,ts,nop,nop,nop,nop:df,id+,flow:0
sig   = 6:64:0:*:*,0:mss,nop,nop,ts,nop,nop,nop,nop::0
sig   = *:64:0:*:*,*:mss,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:*,*:mss,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,ws::0
sig   = *:64:0:*:*,0:mss,sok,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop:df,id+,flow:0
sig   = 6:64:0:*:*,0:mss,sok,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop::0
sig   = *:64:0:*:*,0:mss,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop:df,id+,flow:0
sig   = 6:64:0:*:*,0:mss,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop::0

label = g:unix:Linux:barebone
sig   = *:64:0:*:*,0:mss:df,id+,flow:0
sig   = 6:64:0:*:*,0:mss::0

; ---------------------------------------------------------------------
; Windows
; ---------------------------------------------------------------------
; Layout: mss,nop,ws,nop,nop,sok; without scaling mss,nop,nop,sok; with timestamps,
; off by default, mss,nop,ws,sok,ts.
; TTL 128, DF, counted ID. Vista to 10 1607 offer 8192 bytes; later ones 65535, in whole
; segments once 1803 was out: 64240, and 65535 / MSS segments on other links. Scale 8,
; 2 on hosts with little memory. reported for every release from 95 to Server 2019;
; Huginn; Peace-Maker and SkyProxy (11).

; An offer of 8192 bytes. The same SYN comes from Vista, 7, 8, 8.1, 10 to 1607 and their
; server releases (2008 to 2016), which share the kernel. reported, p0f3.

label = s:win:Windows:7, 8 or early 10 (or Vista)
sig   = *:128:0:*:8192,8:mss,nop,ws,nop,nop,sok:df,id+,flow:0
sig   = *:128:0:*:8192,8:mss,nop,ws,nop,nop,sok:df,id+,ecn,flow:0
sig   = 6:128:0:*:8192,8:mss,nop,ws,nop,nop,sok::0
sig   = *:128:0:*:8192,2:mss,nop,ws,nop,nop,sok:df,id+,flow:0
sig   = 6:128:0:*:8192,2:mss,nop,ws,nop,nop,sok::0
sig   = *:128:0:*:8192,2:mss,nop,ws,sok,ts:df,id+,flow:0
sig   = 6:128:0:*:8192,2:mss,nop,ws,sok,ts::0
sig   = *:128:0:*:8192,8:mss,nop,ws,sok,ts:df,id+,flow:0
sig   = 6:128:0:*:8192,8:mss,nop,ws,sok,ts::0
sig   = *:128:0:*:8192,0:mss,sok,ts:df,id+,flow:0
sig   = 6:128:0:*:8192,0:mss,sok,ts::0

label = s:win:Windows:Xbox One
sig   = 4:128:0:1460:65518,8:mss,nop,ws,nop,nop,sok:df,id+:0
sig   = 6:128:0:1440:65518,8:mss,nop,ws,nop,nop,sok:flow:0

; Scale 8 and any other window: 65535, whole segments of the link (64240, 65340, 64860 ...),
; or whole segments of another link than the MSS tells of, because the path clamped it.

label = s:win:Windows:10 or 11
sig   = *:128:0:*:*,8:mss,nop,ws,nop,nop,sok:df,id+,flow:0
sig   = *:128:0:*:*,8:mss,nop,ws,nop,nop,sok:df,id+,ecn,flow:0
sig   = 6:128:0:*:*,8:mss,nop,ws,nop,nop,sok::0
sig   = *:128:0:*:*,8:mss,nop,ws,sok,ts:df,id+,flow:0
sig   = *:128:0:*:*,8:mss,nop,ws,sok,ts:df,id+,ecn,flow:0
sig   = 6:128:0:*:*,8:mss,nop,ws,sok,ts::0
sig   = 4:128:0:*:*,8:mss,nop,ws,sok,ts:df:0

; The same, with scaling switched off or dropped by a later try; XP, 2000 and 2003 with a
; window set to 44 segments. reported.

label = s:win:Windows:10 or 11, no scaling (or NT 5)
sig   = *:128:0:*:mss*44,0:mss,nop,nop,sok:df,id+,flow:0
sig   = *:128:0:*:mss*44,0:mss,nop,nop,sok:df,id+,ecn,flow:0
sig   = *:128:0:*:mss*44,0:mss,nop,nop,sok::0
sig   = 4:128:0:*:mss*44,0:mss,nop,nop,sok:df:0
sig   = 4:128:0:*:mss*44,0:mss,nop,nop,sok:df,ecn:0
sig   = 4:128:0:*:mss*44,0:mss,nop,nop,sok:id-:0
sig   = *:128:0:*:mss*44,0:mss,nop,ws,nop,nop,sok:df,id+,flow:0
sig   = 6:128:0:*:mss*44,0:mss,nop,ws,nop,nop,sok::0
sig   = *:128:0:*:mss*45,0:mss,nop,nop,sok:df,id+,flow:0
sig   = *:128:0:*:mss*45,0:mss,nop,nop,sok:df,id+,ecn,flow:0
sig   = 6:128:0:*:mss*45,0:mss,nop,nop,sok::0
sig   = *:128:0:*:mss*47,0:mss,nop,nop,sok:df,id+,flow:0
sig   = 6:128:0:*:mss*47,0:mss,nop,nop,sok::0
sig   = *:128:0:*:mss*44,0:mss,sok,ts:df,id+,flow:0
sig   = 6:128:0:*:mss*44,0:mss,sok,ts::0
sig   = *:128:0:*:65535,0:mss,sok,ts:df,id+,flow:0
sig   = 6:128:0:*:65535,0:mss,sok,ts::0

; Without scaling it could be 98 as well. reported.
label = s:win:Windows:7 to early 10 (or 98, Vista)
sig   = *:128:0:*:8192,0:mss,nop,nop,sok:df,id+,flow:0
sig   = 6:128:0:*:8192,0:mss,nop,nop,sok::0

; The same from a TTL of 64. Linux would offer whole segments. reported (10 1607, Wii).
label = s:win:Windows:to 10 1607, TTL 64 (or Wii)
sig   = *:64:0:*:8192,0:mss,nop,nop,sok:df,id+,flow:0

; Receive buffer set by a program or by hand. reported for 7, 8 and 10.

label = s:win:Windows:7, 8 or 10 (tuned)
sig   = *:128:0:*:65535,3:mss,nop,ws,nop,nop,sok:df,id+:0
sig   = *:128:0:*:32768,0:mss,nop,ws,nop,nop,sok:df,id+:0
sig   = *:128:0:*:32768,2:mss,nop,ws,nop,nop,sok:df,id+:0

; NT 5 offered no scaling unless asked to; later releases with a buffer set to 64 KB and
; scaling off send the same as XP. p0f3, p0f2, reported.

label = s:win:Windows:2000, XP or 2003
sig   = *:128:0:*:16384,0:mss,nop,nop,sok:df,id+:0

label = s:win:Windows:2000 or XP
sig   = *:128:0:*:64512,0:mss,nop,nop,sok:df,id+:0

label = s:win:Windows:2000/XP, or later, no scaling
sig   = *:128:0:*:65535,0:mss,nop,nop,sok:df,id+:0

label = s:win:Windows:XP (or tuned Vista, 7)
sig   = *:128:0:*:65535,0:mss,nop,ws,nop,nop,sok:df,id+:0
sig   = *:128:0:*:65535,1:mss,nop,ws,nop,nop,sok:df,id+:0
sig   = *:128:0:*:65535,2:mss,nop,ws,nop,nop,sok:df,id+:0

label = s:win:Windows:2000 or XP (RFC 1323)
sig   = *:128:0:*:*,*:mss,nop,ws,nop,nop,ts,nop,nop,sok:df,id+,ts1-:0
sig   = *:128:0:*:*,0:mss,nop,nop,ts,nop,nop,sok:df,id+,ts1-:0

label = s:win:Windows:95, 98 or NT 4
sig   = *:128:0:*:8192,0:mss:df,id+:0

; TTL 32 was the default of 95 and of CE. p0f2, reported.

label = s:win:Windows:3.11 or 95 (TTL 32)
sig   = *:32:0:*:8192,0:mss:df,id+:0

label = s:win:Windows:CE
sig   = *:32:0:*:32768,0:mss:df,id+:0
sig   = *:32:0:*:3100,0:mss:df,id+:0

; A robot that p0f3 calls Windows in spite of its TTL.
label = s:win:Windows:7 (Websense crawler)
sig   = *:64:0:1380:mss*4,6:mss,nop,nop,ts,nop,ws:df,id+:0
sig   = *:64:0:1380:mss*4,7:mss,nop,nop,ts,nop,ws:df,id+:0

label = g:win:Windows:NT kernel 5.x
sig   = *:128:0:*:16384,*:mss,nop,nop,sok:df,id+:0
sig   = *:128:0:*:65535,*:mss,nop,nop,sok:df,id+:0
sig   = *:128:0:*:16384,*:mss,nop,ws,nop,nop,sok:df,id+:0
sig   = *:128:0:*:65535,*:mss,nop,ws,nop,nop,sok:df,id+:0

label = g:win:Windows:NT kernel 6.x or 10
sig   = *:128:0:*:8192,*:mss,nop,nop,sok:df,id+,flow:0
sig   = 6:128:0:*:8192,*:mss,nop,nop,sok::0
sig   = *:128:0:*:8192,*:mss,nop,ws,nop,nop,sok:df,id+,flow:0
sig   = 6:128:0:*:8192,*:mss,nop,ws,nop,nop,sok::0

; Fast Open (34) was in Edge on 10. Blanked options as with Linux, and headers with stray
; values (acknowledgment number, urgent pointer, PSH). rule.

label = g:win:Windows:NT kernel
sig   = *:128:0:*:*,*:mss,nop,nop,sok:df,id+,flow:0
sig   = *:128:0:*:*,*:mss,nop,nop,sok:df,id+,ecn,flow:0
sig   = *:128:0:*:*,*:mss,nop,nop,sok:ecn:0
sig   = 6:128:0:*:*,*:mss,nop,nop,sok::0
sig   = *:128:0:*:*,*:mss,nop,ws,nop,nop,sok:df,id+,flow:0
sig   = *:128:0:*:*,*:mss,nop,ws,nop,nop,sok:df,id+,ecn,flow:0
sig   = 6:128:0:*:*,*:mss,nop,ws,nop,nop,sok::0
sig   = *:128:0:*:*,*:mss,nop,ws,sok,ts:df,id+,flow:0
sig   = *:128:0:*:*,*:mss,nop,ws,sok,ts:df,id+,ecn,flow:0
sig   = 6:128:0:*:*,*:mss,nop,ws,sok,ts::0
sig   = *:128:0:*:*,*:mss,nop,ws,sok,ts:df,id+,flow,ts1-:0
sig   = 6:128:0:*:*,*:mss,nop,ws,sok,ts:ts1-:0
sig   = *:128:0:*:*,0:mss,sok,ts:df,id+,flow:0
sig   = *:128:0:*:*,0:mss,sok,ts:df,id+,ecn,flow:0
sig   = *:128:0:*:*,0:mss,sok,ts:df,id+,flow,ts1-:0
sig   = 6:128:0:*:*,0:mss,sok,ts:ts1-:0
sig   = *:128:0:*:*,0:mss,sok,ts::0
sig   = 4:128:0:*:*,0:mss,sok,ts:df:0
sig   = 4:128:0:*:*,0:mss,sok,ts:id-:0
sig   = *:128:0:*:*,0:mss,sok,ts:ecn:0
sig   = *:128:0:*:*,*:mss,nop,ws,nop,nop,sok,?34,nop,nop:df,id+,flow:*
sig   = 6:128:0:*:*,*:mss,nop,ws,nop,nop,sok,?34,nop,nop::*
sig   = *:128:0:*:*,*:mss,nop,ws,nop,nop,sok,nop,nop,?34:df,id+,flow:*
sig   = 6:128:0:*:*,*:mss,nop,ws,nop,nop,sok,nop,nop,?34::*
sig   = *:128:0:*:*,0:mss,nop,nop,nop,nop,nop,nop,sok:df,id+,flow:0
sig   = 6:128:0:*:*,0:mss,nop,nop,nop,nop,nop,nop,sok::0
sig   = *:128:0:*:*,*:mss,nop,ws,nop,nop,nop,nop:df,id+,flow:0
sig   = 6:128:0:*:*,*:mss,nop,ws,nop,nop,nop,nop::0
sig   = *:128:0:*:*,0:mss,nop,nop,nop,nop:df,id+,flow:0
sig   = 6:128:0:*:*,0:mss,nop,nop,nop,nop::0
sig   = *:128:0:*:*,0:mss,nop,nop,nop,nop,nop,nop,nop,nop:df,id+,flow:0
sig   = 6:128:0:*:*,0:mss,nop,nop,nop,nop,nop,nop,nop,nop::0
sig   = *:128:0:*:*,*:mss,nop,ws,sok,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop:df,id+,flow:0
sig   = 6:128:0:*:*,*:mss,nop,ws,sok,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop::0
sig   = *:128:0:*:*,*:mss,nop,ws,nop,nop,ts:df,id+,flow:0
sig   = 6:128:0:*:*,*:mss,nop,ws,nop,nop,ts::0
sig   = *:128:0:*:*,*:mss,nop,ws:df,id+,flow:0
sig   = *:128:0:*:*,*:mss,nop,ws:df,id+,ecn,flow:0
sig   = *:128:0:*:*,*:mss,nop,ws::0
sig   = 4:128:0:*:*,*:mss,nop,ws:df:0
sig   = 4:128:0:*:*,*:mss,nop,ws:df,ecn:0
sig   = 4:128:0:*:*,*:mss,nop,ws:id-:0
sig   = *:128:0:*:*,*:mss,nop,ws:ecn:0
sig   = *:128:0:*:*,*:mss,nop,ws,nop,nop,sok:df,id+,flow,ack+:0
sig   = 6:128:0:*:*,*:mss,nop,ws,nop,nop,sok:ack+:0
sig   = *:128:0:*:*,*:mss,nop,ws,nop,nop,sok:df,id+,flow,uptr+:0
sig   = 6:128:0:*:*,*:mss,nop,ws,nop,nop,sok:uptr+:0
sig   = *:128:0:*:*,*:mss,nop,ws,nop,nop,sok:df,id+,flow,pushf+:0
sig   = 6:128:0:*:*,*:mss,nop,ws,nop,nop,sok:pushf+:0
sig   = *:128:0:*:*,*:mss,nop,nop,sok:df,id+,flow,ack+:0
sig   = *:128:0:*:*,*:mss,nop,ws,nop,nop,ts,nop,nop,sok:df,id+,flow:0
sig   = 6:128:0:*:*,*:mss,nop,ws,nop,nop,ts,nop,nop,sok::0
sig   = *:128:0:*:*,0:mss:df,id+,flow:0
sig   = *:128:0:*:*,0:mss:df,id+,ecn,flow:0
sig   = *:128:0:*:*,0:mss::0
sig   = 4:128:0:*:*,0:mss:df:0
sig   = 4:128:0:*:*,0:mss:id-:0
sig   = *:128:0:*:*,0:mss:ecn:0

; The same options from a TTL of 64: Linux with scaling and timestamps off (measured). Windows
; would have to be more than 64 routers away, or to have met one that writes the TTL anew;
; its 8192 bytes have a label above. This stands behind Windows, so that a TTL that fits
; neither is Windows'.
label = g:unix:Linux:no scaling, no timestamps
sig   = *:64:0:*:*,0:mss,nop,nop,sok:df,id+,flow:0
sig   = *:64:0:*:*,0:mss,nop,nop,sok:df,id+,ecn,flow:0
sig   = *:64:0:*:*,0:mss,nop,nop,sok::0
sig   = 4:64:0:*:*,0:mss,nop,nop,sok:df:0
sig   = 4:64:0:*:*,0:mss,nop,nop,sok:id-:0
sig   = *:64:0:*:*,0:mss,nop,nop,sok:ecn:0

; ---------------------------------------------------------------------
; Apple
; ---------------------------------------------------------------------
; Layout: mss,nop,ws,nop,nop,ts,sok,eol+1, TTL 64, DF, window 65535. The ID is 0 since
; macOS 10.13 and iOS 11 (RFC 6864), counted before. The scale follows the largest
; receive buffer. macOS, iOS, iPadOS, tvOS and watchOS share the kernel: their name is
; Apple, whatever the flavor can tell beyond. ECN is asked for on a part of connections since
; macOS 10.11 and iOS 9. reported for 10.5 to 10.15, iOS 12 to 14, tvOS 14; SkyProxy (macOS
; and iOS 26); ja4t; captures.

label = s:unix:Apple:macOS 10.14+ or iOS 13+
sig   = *:64:0:*:65535,6:mss,nop,ws,nop,nop,ts,sok,eol+1:df,flow:0
sig   = *:64:0:*:65535,6:mss,nop,ws,nop,nop,ts,sok,eol+1:df,ecn,flow:0
sig   = 6:64:0:*:65535,6:mss,nop,ws,nop,nop,ts,sok,eol+1::0
sig   = 4:64:0:*:65535,6:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0

label = s:unix:Apple:macOS 10.13-10.14 or iOS 13+
sig   = *:64:0:*:65535,5:mss,nop,ws,nop,nop,ts,sok,eol+1:df,flow:0
sig   = *:64:0:*:65535,5:mss,nop,ws,nop,nop,ts,sok,eol+1:df,ecn,flow:0
sig   = 6:64:0:*:65535,5:mss,nop,ws,nop,nop,ts,sok,eol+1::0

label = s:unix:Apple:iOS 12 or newer
sig   = *:64:0:*:65535,7:mss,nop,ws,nop,nop,ts,sok,eol+1:df,flow:0
sig   = *:64:0:*:65535,7:mss,nop,ws,nop,nop,ts,sok,eol+1:df,ecn,flow:0
sig   = 6:64:0:*:65535,7:mss,nop,ws,nop,nop,ts,sok,eol+1::0

label = s:unix:Apple:iOS 13+, small buffers
sig   = 4:64:0:*:65535,3:mss,nop,ws,nop,nop,ts,sok,eol+1:df:0
sig   = 4:64:0:*:10240,3:mss,nop,ws,nop,nop,ts,sok,eol+1:df:0

; A counted ID: before 10.13 and iOS 11.

label = s:unix:Apple:macOS 10.10 to 10.12
sig   = 4:64:0:*:65535,5:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0
sig   = 4:64:0:*:65535,5:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+,ecn:0

label = s:unix:Apple:macOS 10.9-10.12 or iOS 8+
sig   = 4:64:0:*:65535,4:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0
sig   = 4:64:0:*:65535,4:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+,ecn:0
sig   = *:64:0:*:65535,4:mss,nop,ws,nop,nop,ts,sok,eol+1:df,flow:0
sig   = *:64:0:*:65535,4:mss,nop,ws,nop,nop,ts,sok,eol+1:df,ecn,flow:0
sig   = 6:64:0:*:65535,4:mss,nop,ws,nop,nop,ts,sok,eol+1::0

label = s:unix:Apple:macOS 10.5 to 10.8
sig   = *:64:0:*:65535,3:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0

; FreeBSD 6 sends the same. reported, p0f2.
label = s:unix:Apple:macOS 10.4-10.6 (or FreeBSD 6)
sig   = *:64:0:*:65535,1:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0

label = s:unix:Apple:iOS 3 to 7
sig   = *:64:0:*:65535,2:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0

; Mac OS X up to 10.4 had no SACK; neither had FreeBSD 4 to 5.2. p0f2, reported.
label = s:unix:BSD:FreeBSD 4-5 or Mac OS X to 10.4
sig   = 4:64:0:*:65535,*:mss,nop,ws,nop,nop,ts:df,id+:0
sig   = 4:64:0:*:32768,0:mss,nop,ws,nop,nop,ts:df,id+:0
sig   = 4:64:0:*:65535,0:mss:df,id+:0
sig   = 4:64:0:*:32768,0:mss:df,id+:0

label = s:unix:Apple:macOS 10.x
sig   = *:64:0:*:10000,0:mss,nop,ws,nop,nop,ts:df,id+:0

; Any other scale or window. A counted ID means an older release, or a box on the way that
; filled the field in. p0f3, reported.

label = g:unix:Apple:macOS, iOS or iPadOS
sig   = *:64:0:*:*,*:mss,nop,ws,nop,nop,ts,sok,eol+1:df,flow:0
sig   = *:64:0:*:*,*:mss,nop,ws,nop,nop,ts,sok,eol+1:df,ecn,flow:0
sig   = 6:64:0:*:*,*:mss,nop,ws,nop,nop,ts,sok,eol+1::0
sig   = *:64:0:*:*,*:mss,nop,ws,nop,nop,ts,sok,eol+1:df,flow,ts1-:0
sig   = 6:64:0:*:*,*:mss,nop,ws,nop,nop,ts,sok,eol+1:ts1-:0
sig   = *:64:0:*:*,*:mss,nop,ws,nop,nop,ts,sok,eol+1:df,flow,ts2+:0
sig   = 6:64:0:*:*,*:mss,nop,ws,nop,nop,ts,sok,eol+1:ts2+:0
sig   = *:64:0:*:*,*:mss,nop,ws,nop,nop,ts,sok,eol+1:df,flow,ack+:0
sig   = 6:64:0:*:*,*:mss,nop,ws,nop,nop,ts,sok,eol+1:ack+:0
sig   = *:64:0:*:*,*:mss,nop,ws,nop,nop,ts,sok,eol+1:df,flow,uptr+:0
sig   = 6:64:0:*:*,*:mss,nop,ws,nop,nop,ts,sok,eol+1:uptr+:0
sig   = *:64:0:*:*,*:mss,nop,ws,nop,nop,ts,sok,eol+1:df,flow,pushf+:0
sig   = 6:64:0:*:*,*:mss,nop,ws,nop,nop,ts,sok,eol+1:pushf+:0

; Fast Open (34), Multipath (30), and late tries of a SYN (the eleventh), which carry only
; mss,sok. reported, SkyProxy, RFC 7413, RFC 8684.

sig   = *:64:0:*:*,*:mss,nop,ws,nop,nop,ts,sok,?34:df,flow:*
sig   = *:64:0:*:*,*:mss,nop,ws,nop,nop,ts,sok,?34:df,ecn,flow:*
sig   = 6:64:0:*:*,*:mss,nop,ws,nop,nop,ts,sok,?34::*
sig   = *:64:0:*:*,*:mss,nop,ws,nop,nop,ts,sok,?34:df,flow,ts1-:*
sig   = 6:64:0:*:*,*:mss,nop,ws,nop,nop,ts,sok,?34:ts1-:*
sig   = 4:64:0:*:*,*:mss,nop,ws,nop,nop,ts,sok,?34:df,id+:*
sig   = *:64:0:*:*,*:mss,nop,ws,?30,nop,nop,ts,sok,?34:df,flow:*
sig   = 6:64:0:*:*,*:mss,nop,ws,?30,nop,nop,ts,sok,?34::*
sig   = *:64:0:*:*,*:mss,nop,ws,nop,nop,ts,sok,?34,eol+1:df,flow:*
sig   = *:64:0:*:*,*:mss,nop,ws,?30,nop,nop,ts,sok,eol+1:df,flow:0
sig   = *:64:0:*:*,*:mss,nop,ws,?30,nop,nop,ts,sok,eol+1:df,ecn,flow:0
sig   = 6:64:0:*:*,*:mss,nop,ws,?30,nop,nop,ts,sok,eol+1::0
sig   = *:64:0:*:*,*:mss,nop,ws,?30,nop,nop,ts,sok,eol+1:df,flow,ts1-:0
sig   = 6:64:0:*:*,*:mss,nop,ws,?30,nop,nop,ts,sok,eol+1:ts1-:0
sig   = 4:64:0:*:*,*:mss,nop,ws,?30,nop,nop,ts,sok,eol+1:df,id+:0
sig   = *:64:0:*:*,*:mss,nop,ws,nop,nop,ts,sok,?30,eol+1:df,flow:0
sig   = *:64:0:*:*,*:mss,nop,ws,sok,eol+1:df,flow:0
sig   = *:64:0:*:*,*:mss,nop,ws,sok,eol+1:df,ecn,flow:0
sig   = 6:64:0:*:*,*:mss,nop,ws,sok,eol+1::0
sig   = *:64:0:*:*,0:mss,sok,eol+1:df,flow:0
sig   = *:64:0:*:*,0:mss,sok,eol+1:df,ecn,flow:0
sig   = 6:64:0:*:*,0:mss,sok,eol+1::0
sig   = *:64:0:*:*,0:mss,nop,nop,ts,sok,eol+1:df,flow:0
sig   = 6:64:0:*:*,0:mss,nop,nop,ts,sok,eol+1::0

label = g:unix:Apple:older macOS, iOS or tvOS
sig   = *:64:0:*:*,*:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0
sig   = *:64:0:*:*,*:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+,ecn:0
sig   = *:64:0:*:*,*:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+,ts1-:0
sig   = *:64:0:*:*,*:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+,ack+:0
sig   = *:64:0:*:*,*:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+,uptr+:0
sig   = *:64:0:*:*,0:mss,nop,nop,ts,sok,eol+1:df,id+:0

; FreeBSD 7 without RFC 1323 and ESXi send what a late try of an older macOS is. reported.
label = g:unix:BSD:FreeBSD, ESXi or old macOS
sig   = 4:64:0:*:*,0:mss,sok,eol+1:df,id+:0
sig   = 4:64:0:*:*,*:mss,nop,ws,sok,eol+1:df,id+:0

; Options blanked with NOPs by a firewall. reported (all of them: macOS 10.11), rule.
label = g:unix:Apple:macOS or iOS, options blanked
sig   = *:64:0:*:*,0:mss,nop,nop,eol+1:df,flow:0
sig   = 6:64:0:*:*,0:mss,nop,nop,eol+1::0
sig   = *:64:0:*:*,0:mss,nop,nop,eol+1:df,id+:0
sig   = *:64:0:*:*,*:mss,nop,ws,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,eol+1:df,flow:0
sig   = 6:64:0:*:*,*:mss,nop,ws,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,eol+1::0
sig   = *:64:0:*:*,*:mss,nop,ws,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,eol+1:df,id+:0
sig   = *:64:0:*:*,0:mss,nop,nop,nop,nop,nop,nop,ts,sok,eol+1:df,flow:0
sig   = 6:64:0:*:*,0:mss,nop,nop,nop,nop,nop,nop,ts,sok,eol+1::0
sig   = *:64:0:*:*,0:mss,nop,nop,nop,nop,nop,nop,ts,sok,eol+1:df,id+:0
sig   = *:64:0:*:*,*:mss,nop,ws,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,sok,eol+1:df,flow:0
sig   = 6:64:0:*:*,*:mss,nop,ws,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,sok,eol+1::0
sig   = *:64:0:*:*,*:mss,nop,ws,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,sok,eol+1:df,id+:0
sig   = *:64:0:*:*,*:mss,nop,ws,nop,nop,ts,nop,nop,eol+1:df,flow:0
sig   = 6:64:0:*:*,*:mss,nop,ws,nop,nop,ts,nop,nop,eol+1::0
sig   = *:64:0:*:*,*:mss,nop,ws,nop,nop,ts,nop,nop,eol+1:df,id+:0
sig   = *:64:0:*:*,0:mss,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,eol+1:df,flow:0
sig   = 6:64:0:*:*,0:mss,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,eol+1::0
sig   = *:64:0:*:*,0:mss,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,eol+1:df,id+:0
sig   = *:64:0:*:*,0:mss,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,sok,eol+1:df,flow:0
sig   = 6:64:0:*:*,0:mss,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,sok,eol+1::0
sig   = *:64:0:*:*,0:mss,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,sok,eol+1:df,id+:0

label = s:other:Mac OS classic:
sig   = *:255:0:*:32768,0:mss,ws,nop:df,id+:0
sig   = *:255:0:*:mss*2,0:mss,ws,eol+0:df,id+:0
sig   = *:255:0:*:16616,0:mss,ws,eol+0:df,id+:0

; ---------------------------------------------------------------------
; BSD
; ---------------------------------------------------------------------
; FreeBSD since 7: mss,nop,ws,sok,ts, window 65535, scale from the largest socket
; buffer (256 KB 3, 2 MB 6). Consoles, storage and firewalls built on it do the same;
; ESXi's stack has scale 9. reported, p0f3, p0f2, Huginn.

label = s:unix:FreeBSD:9.x or newer
sig   = *:64:0:*:65535,6:mss,nop,ws,sok,ts:df,id+,flow:0
sig   = *:64:0:*:65535,6:mss,nop,ws,sok,ts:df,id+,ecn,flow:0
sig   = 6:64:0:*:65535,6:mss,nop,ws,sok,ts::0
sig   = 4:64:0:*:65535,6:mss,nop,ws,sok,ts:df:0

label = s:unix:FreeBSD:7.x or 8.x
sig   = *:64:0:*:65535,3:mss,nop,ws,sok,ts:df,id+:0
sig   = *:64:0:*:49152,3:mss,nop,ws,sok,ts:df,id+:0

label = s:unix:ESXi:6.x
sig   = *:64:0:*:65535,9:mss,nop,ws,sok,ts:df,id+,flow:0
sig   = 6:64:0:*:65535,9:mss,nop,ws,sok,ts::0

label = s:unix:FreeBSD:4.6 to 4.9
sig   = 4:64:0:*:57344,0:mss,nop,ws,nop,nop,ts:df,id+:0
sig   = 4:64:0:*:57344,0:mss:df,id+:0

label = s:unix:FreeBSD:2.0 to 4.5
sig   = 4:64:0:*:16384,0:mss,nop,ws,nop,nop,ts:df,id+:0
sig   = 4:64:0:*:1024,0:mss,nop,ws,nop,nop,ts:df,id+:0
sig   = 4:64:0:*:16384,0:mss:df,id+:0
sig   = 4:64:0:*:mss*12,0:mss:df,id+:0

label = s:unix:FreeBSD:5.1 or 5.2
sig   = 4:64:0:*:65535,*:mss,nop,ws,nop,nop,ts:df:0
sig   = 4:64:0:*:65535,0:mss:df:0

label = g:unix:FreeBSD:
sig   = *:64:0:*:65535,*:mss,nop,ws,sok,ts:df,id+,flow:0
sig   = *:64:0:*:65535,*:mss,nop,ws,sok,ts:df,id+,ecn,flow:0
sig   = 6:64:0:*:65535,*:mss,nop,ws,sok,ts::0
sig   = *:64:0:*:*,*:mss,nop,ws,sok,ts:df,id+,flow:0
sig   = *:64:0:*:*,*:mss,nop,ws,sok,ts:df,id+,ecn,flow:0
sig   = *:64:0:*:*,*:mss,nop,ws,sok,ts::0
sig   = 4:64:0:*:*,*:mss,nop,ws,sok,ts:df:0
sig   = 4:64:0:*:*,*:mss,nop,ws,sok,ts:id-:0
sig   = *:64:0:*:*,*:mss,nop,ws,sok,ts:ecn:0
sig   = 4:64:0:*:*,*:mss,nop,ws,sok,ts:df,ecn:0

; OpenBSD: 16384 bytes; scale 0, 3 and, since buffers tune themselves, 6. FreeBSD 5.3 and
; NetCache wrote the options in the same order. p0f3, p0f2, reported, rule.

label = s:unix:OpenBSD:5.x or newer
sig   = *:64:0:*:16384,6:mss,nop,nop,sok,nop,ws,nop,nop,ts:df,id+,flow:0
sig   = *:64:0:*:16384,6:mss,nop,nop,sok,nop,ws,nop,nop,ts:df,id+,ecn,flow:0
sig   = 6:64:0:*:16384,6:mss,nop,nop,sok,nop,ws,nop,nop,ts::0

label = s:unix:OpenBSD:4.x-5.x
sig   = *:64:0:*:16384,3:mss,nop,nop,sok,nop,ws,nop,nop,ts:df,id+,flow:0
sig   = 6:64:0:*:16384,3:mss,nop,nop,sok,nop,ws,nop,nop,ts::0

label = s:unix:OpenBSD:3.x or 4.x
sig   = *:64:0:*:16384,0:mss,nop,nop,sok,nop,ws,nop,nop,ts:df,id+:0
sig   = *:64:0:*:57344,0:mss,nop,nop,sok,nop,ws,nop,nop,ts:df,id+:0
sig   = *:64:0:*:32768,0:mss,nop,nop,sok,nop,ws,nop,nop,ts:df,id+:0

label = s:unix:OpenBSD:2.6 to 3.4 (no DF)
sig   = 4:64:0:*:16384,0:mss,nop,nop,sok,nop,ws,nop,nop,ts::0
sig   = 4:64:0:*:mss*12,0:mss,nop,nop,sok,nop,ws,nop,nop,ts::0

label = s:unix:FreeBSD:5.3 or 5.4
sig   = *:64:0:*:65535,1:mss,nop,nop,sok,nop,ws,nop,nop,ts:df,id+:0

label = g:unix:OpenBSD:
sig   = *:64:0:*:16384,*:mss,nop,nop,sok,nop,ws,nop,nop,ts:df,id+,flow:0
sig   = 6:64:0:*:16384,*:mss,nop,nop,sok,nop,ws,nop,nop,ts::0
sig   = *:64:0:*:*,*:mss,nop,nop,sok,nop,ws,nop,nop,ts:df,id+,flow:0
sig   = 6:64:0:*:*,*:mss,nop,nop,sok,nop,ws,nop,nop,ts::0

; NetBSD: 32768 bytes since 1.6Z, first timestamp of a connection 0. p0f2.

label = s:unix:NetBSD:3.0 or newer
sig   = *:64:0:*:32768,*:mss,nop,ws,sok,nop,nop,nop,nop,ts:df,id+,ts1-:0
sig   = *:64:0:*:32768,*:mss,nop,ws,sok,nop,nop,nop,nop,ts:df,ts1-:0
sig   = 6:64:0:*:32768,*:mss,nop,ws,sok,nop,nop,nop,nop,ts:flow,ts1-:0

label = s:unix:NetBSD:1.6 to 2.0
sig   = *:64:0:*:32768,0:mss,nop,ws,nop,nop,ts:df,id+,ts1-:0
sig   = *:64:0:*:16384,0:mss,nop,ws,nop,nop,ts:df,id+,ts1-:0
sig   = *:64:0:*:65535,*:mss,nop,ws,nop,nop,ts:df,id+,ts1-:0

label = s:unix:NetBSD:1.3
sig   = 4:64:0:*:16384,0:mss,nop,ws,nop,nop,ts::0

label = g:unix:NetBSD:
sig   = *:64:0:*:*,*:mss,nop,ws,sok,nop,nop,nop,nop,ts:df,id+,flow:0
sig   = *:64:0:*:*,*:mss,nop,ws,sok,nop,nop,nop,nop,ts:df,id+,flow,ts1-:0

; IPv6 of the KAME project, as in the BSDs about 2000. captures.
label = g:unix:BSD:KAME IPv6
sig   = 6:64:0:*:*,0:mss,nop,ws,nop,nop,ts::0

; Every BSD, and macOS, with SACK off or from the time before it. rule.
label = g:unix:BSD:or macOS, no SACK
sig   = *:64:0:*:*,*:mss,nop,ws,nop,nop,ts:df,id+,flow:0
sig   = *:64:0:*:*,*:mss,nop,ws,nop,nop,ts::0
sig   = 4:64:0:*:*,*:mss,nop,ws,nop,nop,ts:df:0

; ---------------------------------------------------------------------
; Other Unix systems
; ---------------------------------------------------------------------
; p0f2 where nothing else is said; Tru64, OpenVMS and Linux 2.0 p0f3 as well.

; Solaris puts the MSS behind the other options (2 to 8), then in front. Its later
; releases and illumos with timestamps: sok,ts,mss,nop,ws. p0f3, p0f2, reported.

label = s:unix:Solaris:8
sig   = *:64:0:*:32850,1:nop,ws,nop,nop,ts,nop,nop,sok,mss:df,id+:0
sig   = *:64:0:*:mss*17,*:nop,ws,nop,nop,ts,nop,nop,sok,mss:df,id+:0
sig   = *:64:0:*:mss*17,0:nop,nop,sok,mss:df,id+:0
sig   = *:64:0:*:mss*23,0:nop,nop,sok,mss:df,id+:0

label = s:unix:Solaris:9
sig   = *:64:0:*:mss*34,0:mss,nop,nop,sok:df,id+:0
sig   = *:64:0:*:32850,1:mss,nop,ws,nop,nop,ts,nop,nop,sok:df,id+:0
sig   = *:64:0:*:mss*34,0:mss,nop,nop,nop,nop:df,id+:0

label = s:unix:Solaris:10
sig   = *:64:0:*:mss*34,0:mss,nop,ws,nop,nop,sok:df,id+:0

label = s:unix:Solaris:2.5 to 7
sig   = *:255:0:*:mss*6,0:mss:df,id+:0
sig   = *:255:0:*:mss*17,0:mss:df,id+:0
sig   = *:255:0:*:mss*44,0:mss:df,id+:0

label = g:unix:Solaris:11 or illumos
sig   = *:64:0:*:*,*:sok,ts,mss,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:*,*:sok,ts,mss,nop,ws::0

label = g:unix:Solaris:
sig   = *:64:0:*:*,*:nop,ws,nop,nop,ts,nop,nop,sok,mss:df,id+:0
sig   = *:64:0:*:*,0:nop,nop,sok,mss:df,id+:0
sig   = *:64:0:*:*,*:nop,ws,nop,nop,sok,mss:df,id+:0

label = s:unix:AIX:4.3 to 5.2
sig   = 4:64:0:*:45046,0:mss::0
sig   = 4:64:0:512:16384,*:mss,nop,ws,nop,nop,ts::0
sig   = 4:64:0:512:32768,*:mss,nop,ws,nop,nop,ts::0
sig   = 4:64:0:512:65535,*:mss,nop,ws,nop,nop,ts::0

label = s:unix:AIX:5.3
sig   = 4:64:0:*:65535,1:mss,nop,ws,nop,nop,ts,nop,nop,sok::0

label = s:unix:HP-UX:11.x
sig   = *:64:0:*:32768,0:mss,ws,nop:df,id+:0

label = s:unix:IRIX:6.x
sig   = 4:60:0:*:49152,0:mss::0
sig   = 4:60:0:*:61440,0:mss::0
sig   = 4:60:0:*:49152,*:mss,nop,ws,nop,nop,sok::0
sig   = 4:60:0:*:49152,0:mss,nop,nop,sok::0
sig   = 4:60:0:*:61440,0:mss,nop,nop,sok::0
sig   = 4:60:0:*:49152,*:mss,nop,ws,nop,nop,ts,nop,nop,sok::0

label = s:unix:Tru64:4.x
sig   = 4:64:0:1460:32768,0:mss,nop,ws:df,id+:0

label = s:unix:Tru64:5.0 (or OpenVMS 7.x)
sig   = 4:60:0:*:32768,0:mss,nop,ws::0

label = s:unix:OpenVMS:8.x
sig   = 4:128:0:1460:mtu*2,0:mss,nop,ws::0

label = s:unix:OpenVMS:7.x
sig   = 4:64:0:1460:61440,0:mss,nop,ws::0
sig   = 4:64:0:*:6144,0:mss,nop,ws,nop,nop,ts:df,id+:0

label = s:unix:Linux:2.0
sig   = *:64:0:*:mss*12,0:mss::0
sig   = *:64:0:*:16384,0:mss::0

label = s:unix:BSD/OS:3.1 to 4.3
sig   = *:64:0:1460:8192,0:mss,nop,ws,nop,nop,ts:df,id+:0

label = s:unix:OS/400:V4
sig   = 4:64:0:1440:8192,0:mss,nop,ws,nop,nop,ts:df,id+:0
sig   = 4:64:0:1440:4096,0:mss,nop,ws,nop,nop,ts:df,id+:0

label = s:unix:UnixWare:7.1
sig   = *:64:0:1460:mss*3,0:mss,nop,ws,nop,nop,ts:df,id+:0
sig   = *:64:0:*:mss*17,0:mss,nop,ws,nop,nop,ts:df,id+:0

label = s:unix:QNX:6.x
sig   = 4:64:0:1460:16384,0:mss,nop,ws,nop,nop,ts:ts1-:0

label = s:unix:Symbian:
sig   = *:64:0:1460:mss*23,1:nop,ws,nop,nop,ts,nop,nop,sok,mss:df,id+:0
sig   = *:64:0:1460:mss*22,0:mss,ts,sok:df,id+:0
sig   = *:64:0:1360:mss*36,0:mss,ts,sok:df,id+:0

; ---------------------------------------------------------------------
; Devices and small stacks
; ---------------------------------------------------------------------
; reported (Cisco, F5, Brother, NETGEAR, Xbox, NetWare), p0f3 (Blackberry, Nintendo, NeXTSTEP),
; p0f2 (the others).

label = s:other:NetWare:5 or 6
sig   = *:128:0:*:6144,0:mss,ws,nop:df,id+:0
sig   = *:128:0:*:6144,*:mss,ws,nop,sok,nop,nop:df,id+:0
sig   = *:128:0:*:6143,*:mss,ws,nop,sok,nop,nop:df,id+:0
sig   = *:128:0:1460:6144,0:mss:df,id+:0
sig   = *:128:0:1460:16384,0:mss:df,id+:0

label = s:other:NeXTSTEP:
sig   = 4:64:0:1024:mss*4,0:mss::0
sig   = 4:64:0:512:mss*8,0:mss::0

; lwIP, the stack of many small devices: TTL 255, no DF, 4 segments. rule; captures hold
; such devices.
label = s:other:lwIP:
sig   = 4:255:0:*:mss*4,0:mss::0
sig   = 4:255:0:*:mss*4,0:mss,nop,nop,sok::0

label = s:other:Cisco:IOS
sig   = 4:255:0:*:4128,0:mss::0
sig   = 4:255:0:*:4128,0:mss:id-:0
sig   = 4:255:0:*:mss*8,0:mss::0

label = s:other:Cisco:IP phone or ATA
sig   = 4:64:0:1400:1400,0:mss::0
sig   = 4:255:0:1456:16000,0:mss::0
sig   = 4:128:0:1456:16000,0:mss::0
sig   = 4:64:0:1456:16000,0:mss::0
sig   = 4:128:0:1460:65535,0:mss,nop,nop,sok::0

label = s:other:PalmOS:
sig   = 4:255:0:*:mss*5,0:mss::0
sig   = 4:255:0:*:mss*9,0:mss::0
sig   = 4:255:0:*:mss*14,0:mss::0
sig   = 4:255:0:*:mss*29,0:mss::0

label = s:other:Contiki:uIP
sig   = 4:255:0:*:mss*1,0:mss::0

label = s:other:F5:BIG-IP
sig   = 4:255:0:*:*,0:mss,nop,nop,ts,sok,eol+1:df,id+:0
sig   = 4:255:0:*:4380,0:mss,sok,ts:df,id+:0
sig   = 4:255:0:*:mss*3,0:mss,sok,eol+1:df,id+:0

label = s:other:Brother:printer
sig   = 4:64:0:1460:mss*6,0:mss,nop,ws,nop,nop,sok,nop,nop,ts::0

label = s:other:NETGEAR:router
sig   = 4:64:0:1460:8192,0:mss,nop,ws,nop,nop,ts::0

label = s:other:Xbox:360
sig   = 4:64:0:1460:mss*12,0:mss,nop,ws,nop,nop,sok::0

label = s:other:Blackberry:
sig   = *:128:0:1452:65535,0:mss,nop,nop,sok,nop,nop,ts::0

label = s:other:Nintendo:3DS
sig   = *:64:0:1360:32768,0:mss,nop,nop,sok:df,id+:0

label = s:other:Nintendo:Wii
sig   = 4:64:0:1460:32768,0:mss,nop,nop,sok:df,id+:0

label = s:other:BeOS:5.x
sig   = 4:255:0:*:1024,0:mss,nop,ws::0
sig   = 4:255:0:*:12288,0:mss::0

label = s:other:OS/2:4
sig   = 4:64:0:512:mss*56,0:mss::0
sig   = 4:64:0:1460:28672,0:mss::0

label = s:other:Plan 9:4th edition
sig   = 4:255:0:1460:65535,0:mss,ws,nop::0

label = s:other:RISC OS:
sig   = *:64:0:1460:16384,0:mss,nop,ws,nop,nop,ts,nop,nop,?12:df,id+:0

label = s:other:Amiga:
sig   = *:64:0:*:mss*32,0:mss,nop,nop,sok,nop,nop,?12:df,id+:0
sig   = *:64:0:1560:16384,0:mss,nop,nop,sok:df,id+:0

label = g:other:embedded:TTL 255
sig   = 4:255:0:*:*,0:mss::0
sig   = 4:255:0:*:*,0:mss:id-:0

; ---------------------------------------------------------------------
; Scanners and packet tools
; ---------------------------------------------------------------------
; Packets that no stack wrote. They come last, so that a stack whose SYN only
; resembles one is not taken for a program.

; nmap: TTL at random below 60, no DF, MSS 1460. p0f3, ja4t, captures.
label = s:!:NMap:SYN scan
sys   = @unix,@win
sig   = *:64-:0:1460:1024,0:mss::0
sig   = *:64-:0:1460:2048,0:mss::0
sig   = *:64-:0:1460:3072,0:mss::0
sig   = *:64-:0:1460:4096,0:mss::0

label = s:!:NMap:OS detection
sys   = @unix,@win
sig   = *:64-:0:265:512,0:mss,sok,ts:ack+:0
sig   = *:64-:0:0:4,10:sok,ts,ws,eol+0:ack+:0
sig   = *:64-:0:1460:1,10:ws,nop,mss,ts,sok:ack+:0
sig   = *:64-:0:536:16,10:mss,sok,ts,ws,eol+0:ack+:0
sig   = *:64-:0:640:4,5:ts,nop,nop,ws,nop,mss:ack+:0
sig   = *:64-:0:1400:63,0:mss,ws,sok,ts,eol+0:ack+:0
sig   = *:64-:0:265:31337,10:ws,nop,mss,ts,sok:ack+:0
sig   = *:64-:0:1460:3,10:ws,nop,mss,sok,nop,nop:ecn,uptr+:0
sig   = *:64-:0:265:512,0:mss,sok,nop,nop,ts,nop,eol+0:ack+:0
sig   = *:64-:0:0:4,10:sok,ts,ws,nop:ack+:0
sig   = *:64-:0:536:16,10:mss,sok,ts,ws,nop:ack+:0
sig   = *:64-:0:1400:63,0:mss,ws,nop,sok,ts:ack+:0
sig   = *:64-:0:265:%1024,10:ws,nop,mss,ts,eol+1::0

; TTL 255, window 1024, with or without MSS. ja4t ("web scanner"), the program's own
; packet template.
label = s:!:masscan:
sys   = @unix,@win
sig   = *:255:0:1460:1024,0:mss::0
sig   = *:255:0:1460:1025,0:mss::0
sig   = *:255:0:0:1024,0:::0
sig   = *:255:0:0:1025,0:::0

; TTL 255, no DF, window 65535; the ID is 54321 in old versions and random since. Without
; options, with an MSS, or dressed as Windows, Linux or macOS. ja4t, the program's tests.
label = s:!:zmap:
sys   = @unix,@win
sig   = *:255:0:0:65535,0:::0
sig   = *:255:0:1460:65535,0:mss::0
sig   = *:255:0:1460:65535,8:mss,nop,ws,nop,nop,sok::0
sig   = *:255:0:1460:65535,7:mss,sok,ts,nop,ws::0
sig   = *:255:0:1460:65535,6:mss,nop,ws,nop,nop,ts,sok,eol+1::0

; hping and nemesis: window 512, no options. captures.
label = s:!:hping:
sys   = @unix,@win
sig   = *:64:0:0:512,0:::0
sig   = *:64:0:0:512,0::ack+:0
sig   = *:64:0:0:512,0::id-:0

; Scapy's defaults: window 8192, no options, sequence number 0 unless set. captures.
label = s:!:Scapy:
sys   = @unix,@win
sig   = *:64:0:0:8192,0:::0
sig   = *:64:0:0:8192,0::seq-:0
sig   = *:64:0:0:8192,0::df,id+:0

label = s:!:NAST:SYN scan
sys   = @unix,@win
sig   = 4:64:0:0:32767,0:::0

; One segment of 65535 bytes and nothing but a scale: test traffic made by a generator of
; captures. captures.
label = s:!:packet tool:made-up test traffic
sys   = @unix,@win
sig   = 4:64:0:65535:mss*1,7:mss,nop,ws:df:0

; p0f's own probes keep a class of their own: its flow rules know them.
label = s:unix:p0f:sendsyn utility
sig   = *:192:0:1331:1337,0:mss,nop,eol+18::0
sig   = *:192:0:1331:1337,0:mss,ts,nop,eol+8::0
sig   = *:192:0:1331:1337,5:mss,ws,nop,eol+15::0
sig   = *:192:0:1331:1337,0:mss,sok,nop,eol+16::0
sig   = *:192:0:1331:1337,5:mss,ws,ts,nop,eol+5::0
sig   = *:192:0:1331:1337,0:mss,sok,ts,nop,eol+6::0
sig   = *:192:0:1331:1337,5:mss,ws,sok,nop,eol+13::0
sig   = *:192:0:1331:1337,5:mss,ws,sok,ts,nop,eol+3::0

; No stack in use sends a SYN without any option. captures, p0f2.
label = g:!:packet tool:no TCP options
sys   = @unix,@win
sig   = *:255-:0:0:*,0:::0
sig   = *:255-:0:0:*,0::df:0
sig   = *:255-:0:0:*,0::df,id+:0
sig   = *:255-:0:0:*,0::id-:0
sig   = *:255-:0:0:*,0::seq-:0
sig   = *:255-:0:0:*,0::id-,seq-:0
sig   = *:255-:0:0:*,0::ack+:0

; =====================================================================
; SYN+ACK
; =====================================================================
; A server drops the options that the client did not offer, so a system needs up to
; eight signatures: with and without scaling, timestamps and SACK.

[tcp:response]

; ---------------------------------------------------------------------
; Linux
; ---------------------------------------------------------------------
; ID 0 and DF; an IPv6 answer bears a flow label since 4.x. The window holds whole segments
; less the timestamps (12 bytes) where these are used: 45 times 1448 or 44 times 1460.
; measured on 6.18; Peace-Maker (5.x), reported, p0f3.

label = s:unix:Linux:4.20 or newer
sig   = *:64:0:*:mss*44,0:mss:df,flow:0
sig   = 6:64:0:*:mss*44,0:mss::0
sig   = *:64:0:*:mss*45,0:mss,sok,ts:df,flow:0
sig   = 6:64:0:*:mss*45,0:mss,sok,ts::0
sig   = *:64:0:*:mss*45,0:mss,nop,nop,ts:df,flow:0
sig   = 6:64:0:*:mss*45,0:mss,nop,nop,ts::0
sig   = *:64:0:*:mss*44,0:mss,nop,nop,sok:df,flow:0
sig   = 6:64:0:*:mss*44,0:mss,nop,nop,sok::0
sig   = *:64:0:*:mss*44,*:mss,nop,ws:df,flow:0
sig   = 6:64:0:*:mss*44,*:mss,nop,ws::0
sig   = *:64:0:*:mss*45,*:mss,sok,ts,nop,ws:df,flow:0
sig   = 6:64:0:*:mss*45,*:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*45,*:mss,nop,nop,ts,nop,ws:df,flow:0
sig   = 6:64:0:*:mss*45,*:mss,nop,nop,ts,nop,ws::0
sig   = *:64:0:*:mss*44,*:mss,nop,nop,sok,nop,ws:df,flow:0
sig   = 6:64:0:*:mss*44,*:mss,nop,nop,sok,nop,ws::0
sig   = *:64:0:*:mss*45,*:mss,nop,nop,sok,nop,ws:df,flow:0
sig   = *:64:0:*:mss*45,*:mss,nop,ws:df,flow:0
sig   = *:64:0:*:mss*45,0:mss,nop,nop,sok:df,flow:0
sig   = *:64:0:*:mss*45,0:mss:df,flow:0
sig   = *:64:0:*:mss*45,*:mss,sok,ts,nop,ws:df,ecn,flow:0
sig   = *:64:0:*:mss*46,*:mss,sok,ts,nop,ws:df,flow:0
sig   = *:64:0:*:mss*47,*:mss,sok,ts,nop,ws:df,flow:0
sig   = *:64:0:*:mss*7,*:mss,sok,ts,nop,ws:df,flow:0
sig   = *:64:0:*:mss*7,*:mss,nop,nop,sok,nop,ws:df,flow:0

label = s:unix:Linux:6.6 to 6.8 (or tuned)
sig   = *:64:0:*:mss*22,*:mss,sok,ts,nop,ws:df,flow:0
sig   = *:64:0:*:mss*22,*:mss,nop,nop,sok,nop,ws:df,flow:0
sig   = *:64:0:*:mss*23,*:mss,sok,ts,nop,ws:df,flow:0

label = s:unix:Linux:4.x or newer (tuned)
sig   = *:64:0:*:mss*30,*:mss,sok,ts,nop,ws:df,flow:0
sig   = *:64:0:*:mss*29,*:mss,nop,nop,sok,nop,ws:df,flow:0
sig   = *:64:0:*:65535,*:mss,sok,ts,nop,ws:df,flow:0
sig   = *:64:0:*:65535,*:mss,nop,nop,sok,nop,ws:df,flow:0

label = s:unix:Linux:3.10 to 4.19
sig   = *:64:0:*:mss*20,0:mss:df,flow:0
sig   = 6:64:0:*:mss*20,0:mss::0
sig   = *:64:0:*:mss*20,0:mss,sok,ts:df,flow:0
sig   = 6:64:0:*:mss*20,0:mss,sok,ts::0
sig   = *:64:0:*:mss*20,0:mss,nop,nop,ts:df,flow:0
sig   = 6:64:0:*:mss*20,0:mss,nop,nop,ts::0
sig   = *:64:0:*:mss*20,0:mss,nop,nop,sok:df,flow:0
sig   = 6:64:0:*:mss*20,0:mss,nop,nop,sok::0
sig   = *:64:0:*:mss*20,*:mss,nop,ws:df,flow:0
sig   = 6:64:0:*:mss*20,*:mss,nop,ws::0
sig   = *:64:0:*:mss*20,*:mss,sok,ts,nop,ws:df,flow:0
sig   = 6:64:0:*:mss*20,*:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:mss*20,*:mss,nop,nop,ts,nop,ws:df,flow:0
sig   = 6:64:0:*:mss*20,*:mss,nop,nop,ts,nop,ws::0
sig   = *:64:0:*:mss*20,*:mss,nop,nop,sok,nop,ws:df,flow:0
sig   = 6:64:0:*:mss*20,*:mss,nop,nop,sok,nop,ws::0

label = s:unix:Linux:3.x
sig   = *:64:0:*:mss*10,0:mss:df:0
sig   = *:64:0:*:mss*10,0:mss,sok,ts:df:0
sig   = *:64:0:*:mss*10,0:mss,nop,nop,ts:df:0
sig   = *:64:0:*:mss*10,0:mss,nop,nop,sok:df:0
sig   = *:64:0:*:mss*10,*:mss,nop,ws:df:0
sig   = *:64:0:*:mss*10,*:mss,sok,ts,nop,ws:df:0
sig   = *:64:0:*:mss*10,*:mss,nop,nop,ts,nop,ws:df:0
sig   = *:64:0:*:mss*10,*:mss,nop,nop,sok,nop,ws:df:0

label = s:unix:Linux:2.4.x
sig   = *:64:0:*:mss*4,0:mss,nop,ws:df:0
sig   = *:64:0:*:mss*4,0:mss,sok,ts,nop,ws:df:0
sig   = *:64:0:*:mss*4,0:mss,nop,nop,ts,nop,ws:df:0
sig   = *:64:0:*:mss*4,0:mss,nop,nop,sok,nop,ws:df:0

label = s:unix:Linux:2.4-2.6
sig   = *:64:0:*:mss*4,0:mss:df:0
sig   = *:64:0:*:mss*4,0:mss,sok,ts:df:0
sig   = *:64:0:*:mss*4,0:mss,nop,nop,ts:df:0
sig   = *:64:0:*:mss*4,0:mss,nop,nop,sok:df:0

label = s:unix:Linux:2.6.x
sig   = *:64:0:*:mss*4,*:mss,nop,ws:df:0
sig   = *:64:0:*:mss*4,*:mss,sok,ts,nop,ws:df:0
sig   = *:64:0:*:mss*4,*:mss,nop,nop,ts,nop,ws:df:0
sig   = *:64:0:*:mss*4,*:mss,nop,nop,sok,nop,ws:df:0

; 2.2 counted the ID of the answer too. reported.
label = s:unix:Linux:2.2.x
sig   = 4:64:0:*:mss*11,0:mss,sok,ts,nop,ws:df,id+:0
sig   = 4:64:0:*:mss*22,0:mss,sok,ts,nop,ws:df,id+:0
sig   = 4:64:0:*:mss*22,0:mss,nop,nop,sok:df,id+:0
sig   = 4:64:0:*:mss*22,0:mss,nop,ws:df,id+:0
sig   = 4:64:0:*:mss*11,0:mss,nop,nop,ts,nop,ws:df,id+:0

label = s:unix:Linux:loopback
sig   = *:64:0:65495:mss*1,*:mss,sok,ts,nop,ws:df,flow:0
sig   = *:64:0:65476:mss*1,*:mss,sok,ts,nop,ws:df,flow:0
sig   = *:64:0:65495:*,*:mss,sok,ts,nop,ws:df,flow:0
sig   = *:64:0:65476:*,*:mss,sok,ts,nop,ws:df,flow:0
sig   = *:64:0:65495:*,*:mss,nop,nop,sok,nop,ws:df,flow:0

label = g:unix:Linux:
sig   = *:64:0:*:*,0:mss:df,flow:0
sig   = 6:64:0:*:*,0:mss::0
sig   = *:64:0:*:*,0:mss,sok,ts:df,flow:0
sig   = 6:64:0:*:*,0:mss,sok,ts::0
sig   = *:64:0:*:*,0:mss,nop,nop,ts:df,flow:0
sig   = 6:64:0:*:*,0:mss,nop,nop,ts::0
sig   = *:64:0:*:*,0:mss,nop,nop,sok:df,flow:0
sig   = 6:64:0:*:*,0:mss,nop,nop,sok::0
sig   = *:64:0:*:*,*:mss,nop,ws:df,flow:0
sig   = 6:64:0:*:*,*:mss,nop,ws::0
sig   = *:64:0:*:*,*:mss,sok,ts,nop,ws:df,flow:0
sig   = 6:64:0:*:*,*:mss,sok,ts,nop,ws::0
sig   = *:64:0:*:*,*:mss,nop,nop,ts,nop,ws:df,flow:0
sig   = 6:64:0:*:*,*:mss,nop,nop,ts,nop,ws::0
sig   = *:64:0:*:*,*:mss,nop,nop,sok,nop,ws:df,flow:0
sig   = 6:64:0:*:*,*:mss,nop,nop,sok,nop,ws::0

; ---------------------------------------------------------------------
; Windows
; ---------------------------------------------------------------------
; 8192 bytes from Vista to 10 1607 and Server 2016; 65535 since. reported, p0f3.

label = s:win:Windows:7 to 10 1607, Server to 2016
sig   = *:128:0:*:8192,0:mss:df,id+,flow:0
sig   = 6:128:0:*:8192,0:mss::0
sig   = *:128:0:*:8192,0:mss,sok,ts:df,id+,flow:0
sig   = 6:128:0:*:8192,0:mss,sok,ts::0
sig   = *:128:0:*:8192,0:mss,nop,nop,ts:df,id+,flow:0
sig   = 6:128:0:*:8192,0:mss,nop,nop,ts::0
sig   = *:128:0:*:8192,0:mss,nop,nop,sok:df,id+,flow:0
sig   = 6:128:0:*:8192,0:mss,nop,nop,sok::0
sig   = *:128:0:*:8192,8:mss,nop,ws:df,id+,flow:0
sig   = 6:128:0:*:8192,8:mss,nop,ws::0
sig   = *:128:0:*:8192,8:mss,nop,ws,sok,ts:df,id+,flow:0
sig   = 6:128:0:*:8192,8:mss,nop,ws,sok,ts::0
sig   = *:128:0:*:8192,8:mss,nop,ws,nop,nop,ts:df,id+,flow:0
sig   = 6:128:0:*:8192,8:mss,nop,ws,nop,nop,ts::0
sig   = *:128:0:*:8192,8:mss,nop,ws,nop,nop,sok:df,id+,flow:0
sig   = 6:128:0:*:8192,8:mss,nop,ws,nop,nop,sok::0

label = s:win:Windows:10, 11 or Server 2019+
sig   = *:128:0:*:65535,8:mss,nop,ws:df,id+,flow:0
sig   = *:128:0:*:65535,8:mss,nop,ws,sok,ts:df,id+,flow:0
sig   = *:128:0:*:65535,8:mss,nop,ws,nop,nop,ts:df,id+,flow:0
sig   = *:128:0:*:65535,8:mss,nop,ws,nop,nop,sok:df,id+,flow:0
sig   = *:128:0:*:65535,8:mss,nop,ws,nop,nop,sok:df,id+,ecn,flow:0
sig   = *:128:0:*:65535,0:mss,sok,ts:df,id+,flow:0
sig   = *:128:0:*:mss*44,8:mss,nop,ws,nop,nop,sok:df,id+,flow:0
sig   = 6:128:0:*:65535,8:mss,nop,ws,nop,nop,sok::0

label = s:win:Windows:XP
sig   = *:128:0:*:65535,0:mss:df,id+:0
sig   = *:128:0:*:65535,0:mss,nop,nop,sok:df,id+:0
sig   = *:128:0:*:65535,0:mss,nop,ws:df,id+:0
sig   = *:128:0:*:65535,0:mss,nop,ws,nop,nop,sok:df,id+:0
sig   = *:128:0:*:65535,0:mss,nop,nop,ts:df,id+,ts1-:0
sig   = *:128:0:*:65535,0:mss,nop,ws,nop,nop,ts:df,id+,ts1-:0
sig   = *:128:0:*:65535,0:mss,nop,nop,ts,nop,nop,sok:df,id+,ts1-:0
sig   = *:128:0:*:65535,0:mss,nop,ws,nop,nop,ts,nop,nop,sok:df,id+,ts1-:0
sig   = *:128:0:*:16384,0:mss:df,id+:0
sig   = *:128:0:*:16384,0:mss,nop,nop,sok:df,id+:0
sig   = *:128:0:*:16384,0:mss,nop,ws:df,id+:0
sig   = *:128:0:*:16384,0:mss,nop,ws,nop,nop,sok:df,id+:0
sig   = *:128:0:*:16384,0:mss,nop,nop,ts:df,id+,ts1-:0
sig   = *:128:0:*:16384,0:mss,nop,ws,nop,nop,ts:df,id+,ts1-:0
sig   = *:128:0:*:16384,0:mss,nop,nop,ts,nop,nop,sok:df,id+,ts1-:0
sig   = *:128:0:*:16384,0:mss,nop,ws,nop,nop,ts,nop,nop,sok:df,id+,ts1-:0

; Whole segments, as 2000, XP and 2003 offered them when the client's MSS was known.
label = s:win:Windows:2000, XP or 2003
sig   = 4:128:0:*:mss*12,0:mss,nop,nop,sok:df,id+:0
sig   = 4:128:0:*:mss*12,0:mss:df,id+:0
sig   = 4:128:0:*:mss*44,0:mss,nop,nop,sok:df,id+:0
sig   = 4:128:0:*:mss*44,0:mss,nop,ws,nop,nop,sok:df,id+:0
sig   = 4:128:0:*:17640,0:mss,nop,nop,sok:df,id+:0

label = s:win:Windows:95, 98 or NT 4
sig   = 4:128:0:*:mss*6,0:mss:df,id+:0
sig   = 4:128:0:*:mss*6,0:mss,nop,nop,sok:df,id+:0
sig   = 4:128:0:*:8215,0:mss:df,id+:0
sig   = 4:128:0:*:8576,0:mss:df,id+:0
sig   = 4:128:0:*:8820,0:mss:df,id+:0

label = g:win:Windows:
sig   = *:128:0:*:*,0:mss:df,id+,flow:0
sig   = *:128:0:*:*,0:mss::0
sig   = *:128:0:*:*,0:mss,sok,ts:df,id+,flow:0
sig   = *:128:0:*:*,0:mss,sok,ts::0
sig   = *:128:0:*:*,0:mss,nop,nop,ts:df,id+,flow:0
sig   = *:128:0:*:*,0:mss,nop,nop,ts::0
sig   = *:128:0:*:*,0:mss,nop,nop,sok:df,id+,flow:0
sig   = *:128:0:*:*,0:mss,nop,nop,sok::0
sig   = *:128:0:*:*,*:mss,nop,ws:df,id+,flow:0
sig   = *:128:0:*:*,*:mss,nop,ws::0
sig   = *:128:0:*:*,*:mss,nop,ws,sok,ts:df,id+,flow:0
sig   = *:128:0:*:*,*:mss,nop,ws,sok,ts::0
sig   = *:128:0:*:*,*:mss,nop,ws,nop,nop,ts:df,id+,flow:0
sig   = *:128:0:*:*,*:mss,nop,ws,nop,nop,ts::0
sig   = *:128:0:*:*,*:mss,nop,ws,nop,nop,sok:df,id+,flow:0
sig   = *:128:0:*:*,*:mss,nop,ws,nop,nop,sok::0

; ---------------------------------------------------------------------
; BSD and Apple
; ---------------------------------------------------------------------

label = s:unix:FreeBSD:9.x or newer
sig   = *:64:0:*:65535,6:mss,nop,ws:df,id+,flow:0
sig   = 6:64:0:*:65535,6:mss,nop,ws::0
sig   = *:64:0:*:65535,6:mss,nop,ws,sok,ts:df,id+,flow:0
sig   = 6:64:0:*:65535,6:mss,nop,ws,sok,ts::0
sig   = *:64:0:*:65535,6:mss,nop,ws,sok,eol+1:df,id+,flow:0
sig   = 6:64:0:*:65535,6:mss,nop,ws,sok,eol+1::0
sig   = *:64:0:*:65535,6:mss,nop,ws,nop,nop,ts:df,id+,flow:0
sig   = 6:64:0:*:65535,6:mss,nop,ws,nop,nop,ts::0
sig   = *:64:0:*:65535,6:mss,nop,ws,sok,ts:df,flow:0
sig   = *:64:0:*:65535,6:mss,nop,ws,sok,ts:df,id+,flow,ts1-:0

label = s:unix:FreeBSD:8.x
sig   = *:64:0:*:65535,3:mss,nop,ws:df,id+:0
sig   = *:64:0:*:65535,3:mss,nop,ws,sok,ts:df,id+:0
sig   = *:64:0:*:65535,3:mss,nop,ws,sok,eol+1:df,id+:0
sig   = *:64:0:*:65535,3:mss,nop,ws,nop,nop,ts:df,id+:0

label = s:unix:FreeBSD:8.x-9.x
sig   = *:64:0:*:65535,0:mss,sok,ts:df,id+:0
sig   = *:64:0:*:65535,0:mss,sok,eol+1:df,id+:0
sig   = *:64:0:*:65535,0:mss,nop,nop,ts:df,id+:0

label = s:unix:ESXi:6.x
sig   = *:64:0:*:65535,9:mss,nop,ws:df,id+:0
sig   = *:64:0:*:65535,9:mss,nop,ws,sok,ts:df,id+:0
sig   = *:64:0:*:65535,9:mss,nop,ws,sok,eol+1:df,id+:0
sig   = *:64:0:*:65535,9:mss,nop,ws,nop,nop,ts:df,id+:0

label = s:unix:FreeBSD:4.x
sig   = 4:64:0:*:57344,0:mss:df,id+:0
sig   = 4:64:0:*:57344,0:mss,nop,ws,nop,nop,ts:df,id+:0
sig   = 4:64:0:*:65535,0:mss:df,id+:0

label = g:unix:FreeBSD:
sig   = *:64:0:*:65535,*:mss,nop,ws:df,id+,flow:0
sig   = *:64:0:*:65535,*:mss,nop,ws,sok,ts:df,id+,flow:0
sig   = 6:64:0:*:65535,*:mss,nop,ws,sok,ts::0
sig   = *:64:0:*:65535,*:mss,nop,ws,sok,eol+1:df,id+,flow:0
sig   = 6:64:0:*:65535,*:mss,nop,ws,sok,eol+1::0
sig   = *:64:0:*:65535,*:mss,nop,ws,nop,nop,ts:df,id+,flow:0
sig   = 6:64:0:*:65535,*:mss,nop,ws,nop,nop,ts::0

label = s:unix:OpenBSD:5.x
sig   = *:64:0:1460:16384,0:mss,nop,nop,sok:df,id+:0
sig   = *:64:0:1460:16384,3:mss,nop,ws:df,id+:0
sig   = *:64:0:1460:16384,3:mss,nop,nop,sok,nop,ws:df,id+:0
sig   = *:64:0:1460:16384,0:mss,nop,nop,ts:df,id+:0
sig   = *:64:0:1460:16384,0:mss,nop,nop,sok,nop,nop,ts:df,id+:0
sig   = *:64:0:1460:16384,3:mss,nop,ws,nop,nop,ts:df,id+:0
sig   = *:64:0:1460:16384,3:mss,nop,nop,sok,nop,ws,nop,nop,ts:df,id+:0

label = s:unix:OpenBSD:6.x or newer
sig   = *:64:0:*:16384,6:mss,nop,nop,sok,nop,ws,nop,nop,ts:df,id+,flow:0
sig   = *:64:0:*:16384,6:mss,nop,nop,sok,nop,ws:df,id+,flow:0

label = g:unix:OpenBSD:
sig   = *:64:0:*:*,*:mss,nop,nop,sok,nop,ws,nop,nop,ts:df,id+,flow:0
sig   = 4:64:0:*:*,*:mss,nop,nop,sok,nop,ws,nop,nop,ts::0

; macOS and iOS since 10.13 and 11: ID 0, scale 4 to 7. rule (from the SYN).
label = s:unix:Apple:macOS, iOS or iPadOS
sig   = *:64:0:*:65535,6:mss,nop,ws,nop,nop,ts,sok,eol+1:df,flow:0
sig   = *:64:0:*:65535,5:mss,nop,ws,nop,nop,ts,sok,eol+1:df,flow:0
sig   = *:64:0:*:65535,4:mss,nop,ws,nop,nop,ts,sok,eol+1:df,flow:0
sig   = *:64:0:*:65535,7:mss,nop,ws,nop,nop,ts,sok,eol+1:df,flow:0
sig   = *:64:0:*:65535,6:mss,nop,ws,sok,eol+1:df,flow:0

label = s:unix:Apple:macOS 10.x
sig   = *:64:0:*:65535,0:mss,nop,ws:df,id+:0
sig   = *:64:0:*:65535,0:mss,nop,ws,sok,eol+1:df,id+:0
sig   = *:64:0:*:65535,0:mss,nop,ws,nop,nop,ts:df,id+:0
sig   = *:64:0:*:65535,0:mss,nop,nop,ts,sok,eol+1:df,id+:0
sig   = *:64:0:*:65535,0:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0

label = g:unix:Apple:macOS or iOS
sig   = *:64:0:*:*,*:mss,nop,ws,nop,nop,ts,sok,eol+1:df,flow:0
sig   = *:64:0:*:*,*:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0

; ---------------------------------------------------------------------
; Other Unix systems
; ---------------------------------------------------------------------

label = s:unix:Solaris:6
sig   = 4:255:0:*:mss*7,0:mss:df,id+:0
sig   = 4:255:0:*:mss*7,0:nop,ws,mss:df,id+:0
sig   = 4:255:0:*:mss*7,0:nop,nop,ts,mss:df,id+:0
sig   = 4:255:0:*:mss*7,0:nop,nop,ts,nop,ws,mss:df,id+:0
sig   = 4:255:0:*:mss*7,0:nop,nop,sok,mss:df,id+:0

label = s:unix:Solaris:8
sig   = *:64:0:*:mss*19,0:mss:df,id+:0
sig   = *:64:0:*:mss*19,0:nop,ws,mss:df,id+:0
sig   = *:64:0:*:mss*19,0:nop,nop,ts,mss:df,id+:0
sig   = *:64:0:*:mss*19,0:nop,nop,sok,mss:df,id+:0
sig   = *:64:0:*:mss*19,0:nop,nop,ts,nop,ws,mss:df,id+:0
sig   = *:64:0:*:mss*19,0:nop,ws,nop,nop,sok,mss:df,id+:0
sig   = *:64:0:*:mss*19,0:nop,nop,ts,nop,nop,sok,mss:df,id+:0
sig   = *:64:0:*:mss*19,0:nop,nop,ts,nop,ws,nop,nop,sok,mss:df,id+:0

label = s:unix:Solaris:10
sig   = *:64:0:*:mss*37,0:mss:df,id+:0
sig   = *:64:0:*:mss*37,0:mss,nop,ws:df,id+:0
sig   = *:64:0:*:mss*37,0:nop,nop,ts,mss:df,id+:0
sig   = *:64:0:*:mss*37,0:mss,nop,nop,sok:df,id+:0
sig   = *:64:0:*:mss*37,0:nop,nop,ts,mss,nop,ws:df,id+:0
sig   = *:64:0:*:mss*37,0:mss,nop,ws,nop,nop,sok:df,id+:0
sig   = *:64:0:*:mss*37,0:nop,nop,ts,mss,nop,nop,sok:df,id+:0
sig   = *:64:0:*:mss*37,0:nop,nop,ts,mss,nop,ws,nop,nop,sok:df,id+:0

label = g:unix:Solaris:11 or illumos
sig   = *:64:0:*:*,*:sok,ts,mss,nop,ws:df,id+,flow:0

label = s:unix:HP-UX:11.x
sig   = *:64:0:*:32768,0:mss:df,id+:0
sig   = *:64:0:*:32768,0:mss,ws,nop:df,id+:0
sig   = *:64:0:*:32768,0:mss,nop,nop,ts:df,id+:0
sig   = *:64:0:*:32768,0:mss,nop,nop,sok:df,id+:0
sig   = *:64:0:*:32768,0:mss,ws,nop,nop,nop,ts:df,id+:0
sig   = *:64:0:*:32768,0:mss,nop,nop,sok,ws,nop:df,id+:0
sig   = *:64:0:*:32768,0:mss,nop,nop,sok,nop,nop,ts:df,id+:0
sig   = *:64:0:*:32768,0:mss,nop,nop,sok,ws,nop,nop,nop,ts:df,id+:0

label = s:other:OpenVMS:7.x
sig   = 4:64:0:1460:3993,0:mss::0
sig   = 4:64:0:1460:3993,0:mss,nop,ws::0

label = s:unix:Tru64:4.x
sig   = 4:64:0:1460:mss*25,0:mss,nop,ws:df,id+:0
sig   = 4:64:0:1460:mss*25,0:mss:df,id+:0

; ---------------------------------------------------------------------
; Devices
; ---------------------------------------------------------------------
; reported.

label = s:other:Siemens:S7-1200
sig   = 4:30:0:*:4096,0:mss::0
sig   = 4:30:0:*:8192,0:mss::0

label = s:other:F5:BIG-IP
sig   = 4:255:0:*:*,0:mss,sok,eol+1:df,id+:0
sig   = 4:255:0:*:*,0:mss,nop,nop,ts,sok,eol+1:df,id+:0
sig   = 4:255:0:*:*,0:mss,nop,nop,ts:df,id+:0
sig   = 4:255:0:*:4080,0:mss:df,id+:0

label = s:other:Cisco:IOS
sig   = 4:255:0:*:4128,0:mss::0
sig   = 4:255:0:*:4128,0:mss:id-:0

label = s:other:Cisco:ACE or SSL VPN gateway
sig   = 4:255:0:*:32768,0:mss::0
sig   = 4:255:0:*:32768,0:mss,nop,nop,ts::0

label = s:other:Cisco:IP phone
sig   = 4:255:0:*:1400,0:mss::0
sig   = 4:64:0:1400:1400,0:mss::0
sig   = 4:32:0:1400:8192,0:mss::0
sig   = 4:128:0:*:65535,0:mss::0
sig   = 4:128:0:*:65535,0:mss,nop,nop,sok::0

label = s:other:VoIP adapter:
sig   = 4:255:0:*:16000,0:mss::0
sig   = 4:64:0:*:16000,0:mss::0

label = s:other:HP:printer
sig   = 4:64:0:*:mss*1,0:mss::0
sig   = 4:64:0:*:mss*1,0:mss,nop,ws::0
sig   = 4:64:0:*:mss*2,0:mss,nop,ws:df,id+:0
sig   = 4:64:0:*:mss*2,0:mss,nop,ws,nop,nop,ts:df,id+:0
sig   = 4:64:0:*:mss*4,0:mss::0
sig   = 4:64:0:*:mss*4,0:mss,nop,ws::0

label = s:other:HP or Brother:printer
sig   = 4:64:0:*:mss*6,0:mss,nop,ws,nop,nop,sok,nop,nop,ts:df,id+:0
sig   = 4:64:0:*:mss*6,0:mss,nop,ws,nop,nop,sok:df,id+:0
sig   = 4:64:0:*:mss*6,0:mss,nop,ws,nop,nop,sok::0

label = s:other:Brother:printer
sig   = 4:64:0:*:mss*6,0:mss,nop,ws,nop,nop,sok,nop,nop,ts::0
sig   = 4:64:0:*:mss*10,0:mss,nop,ws,nop,nop,sok::0
sig   = 4:64:0:*:mss*6,0:mss::0

label = s:other:Minolta or Dell:printer
sig   = 4:64:0:*:16384,0:mss,nop,ws:df,id+:0

label = s:other:Ricoh:printer
sig   = 4:255:0:*:16384,0:mss,nop,ws::0

label = s:other:Xerox:printer
sig   = 4:64:0:*:4096,0:mss,nop,ws:df,id+:0

label = s:other:NETGEAR:router
sig   = 4:64:0:*:8192,0:mss::0
sig   = 4:64:0:*:8192,0:mss,nop,ws,nop,nop,ts::0

label = s:other:Xbox:360
sig   = 4:64:0:1460:mss*12,0:mss,nop,ws::0

label = s:other:NetWare:5 or 6
sig   = 4:128:0:*:6143,0:mss:df,id+:0
sig   = 4:128:0:*:6143,0:mss,sok,nop,nop:df,id+:0
sig   = 4:128:0:*:6144,0:mss,sok,nop,nop:df,id+:0
sig   = 4:128:0:*:6143,0:mss,ws,nop:df,id+:0

label = s:other:industrial controller:
sig   = 4:64:0:*:mss*2,0:mss::0
sig   = 4:64:0:*:8192,0:mss,nop,ws:df,id+:0
sig   = 4:60:0:*:4096,0:mss::0
sig   = 4:64:0:0:1024,0:::0
sig   = 4:64:0:0:4096,0:::0
sig   = 4:60:0:0:4380,0:::0
sig   = 4:64:0:1200:511,0:mss:df,id+:0

label = g:other:embedded:TTL 255
sig   = 4:255:0:*:*,0:mss::0

; =====================================================================
; HTTP requests
; =====================================================================
; Names and order of the headers of a plain HTTP/1 request, some with a part of the value,
; then headers that are never sent, then a word the User-Agent should hold. The groups
; marked measured were taken from the programs themselves; the others are p0f3's, put in
; order, with modern variants beside them.

[http:request]

; Which system a User-Agent claims, to be compared with the name of the SYN's label. So the
; names are those of the SYN labels: what a SYN can't tell apart has one name (docs/signatures.md).
; Windows first, because Windows Phone calls itself Android and iPhone too.
ua_os = Windows,Linux=[Android],Linux=[CrOS],Linux,Apple=[iPhone],Apple=[iPad],Apple=[iPod],Apple=[Mac OS X],Apple=[Macintosh],Apple=[Darwin],FreeBSD,OpenBSD,NetBSD,Solaris=[SunOS]

; ---------------------------------------------------------------------
; Search engines and other robots
; ---------------------------------------------------------------------

label = s:!:Googlebot:
sys   = Linux
sig   = 1:Host,Connection=[Keep-alive],Accept=[*/*],From=[googlebot(at)googlebot.com],User-Agent,Accept-Encoding=[gzip,deflate],?If-Modified-Since:Accept-Language,Accept-Charset:Googlebot
sig   = 1:Host,Connection=[Keep-alive],Accept=[text/plain],Accept=[text/html],From=[googlebot(at)googlebot.com],User-Agent,Accept-Encoding=[gzip,deflate]:Accept-Language,Accept-Charset:Googlebot
sig   = 1:Host,Connection=[keep-alive],Accept,From=[googlebot(at)googlebot.com],User-Agent,Accept-Encoding=[gzip, deflate]:Accept-Language,Accept-Charset:Googlebot

label = s:!:Googlebot:feed fetcher
sys   = Linux
sig   = 1:Host,Connection=[Keep-alive],Accept=[*/*],User-Agent,Accept-Encoding=[gzip,deflate],?If-Modified-Since:Accept-Language,Accept-Charset:-Google
sig   = 1:User-Agent,?X-shindig-dos=[on],Cache-Control,Host,?X-Forwarded-For,Accept-Encoding=[gzip],?Accept-Language:Connection,Accept,Accept-Charset:Feedfetcher-Google

label = s:!:Google Web Preview:
sys   = Linux
sig   = 1:Referer,User-Agent,Accept-Encoding=[gzip,deflate],Host,X-Forwarded-For:Connection,Accept,Accept-Language,Accept-Charset:Web Preview

label = s:!:Google AppEngine:
sys   = Linux
sig   = 1:User-Agent,Host,Accept-Encoding=[gzip]:Connection,Accept,Accept-Language,Accept-Charset:AppEngine-Google

label = s:!:Bingbot:
sys   = Windows
sig   = 1:Cache-Control,Connection=[Keep-Alive],Pragma=[no-cache],Accept=[*/*],Accept-Encoding,Host,User-Agent:Accept-Language,Accept-Charset:bingbot/

label = s:!:MSNbot:
sys   = Windows
sig   = 1:Connection=[Close],Accept,Accept-Encoding=[gzip, deflate],From=[msnbot(at)microsoft.com],Host,User-Agent:Accept-Language,Accept-Charset:msnbot

label = s:!:Yahoo:crawler
sys   = Linux
sig   = 0:Host,User-Agent,Accept=[,image/png,*/*;q=0.5],Accept-Language=[en-us,en;q=0.5],Accept-Encoding=[gzip],Accept-Charset=[,utf-8;q=0.7,*;q=0.7]:Connection:Slurp

label = s:!:Yahoo Pipes:
sys   = Linux
sig   = 0:Client-IP,X-Forwarded-For,X-YQL-Depth,User-Agent,Host,Connection=[keep-alive],Via:Accept,Accept-Encoding,Accept-Language,Accept-Charset:Yahoo Pipes
sig   = 1:Client-IP,X-Forwarded-For,X-YQL-Depth,User-Agent,Host,Via:Connection,Accept,Accept-Encoding,Accept-Language,Accept-Charset:Yahoo Pipes

label = s:!:Yandex:crawler
sys   = FreeBSD
sig   = 1:Host,Connection=[Keep-Alive],Accept=[*/*],Accept-Encoding=[gzip,deflate],Accept-Language=[en-us, en;q=0.7, *;q=0.01],User-Agent,From=[support@search.yandex.ru]:Accept-Charset:YandexBot/
sig   = 1:Host,Connection=[Keep-Alive],Accept=[image/jpeg, image/pjpeg, image/png, image/gif],User-Agent,From=[support@search.yandex.ru]:Accept-Encoding,Accept-Language,Accept-Charset:YandexImages/
sig   = 1:Host,Connection=[Keep-Alive],User-Agent,From=[support@search.yandex.ru]:Accept,Accept-Encoding,Accept-Language,Accept-Charset:YandexBot/

label = s:!:BaiduSpider:
sys   = BaiduSpider,Linux
sig   = 1:Host,Connection=[close],User-Agent,Accept=[*/*]:Accept-Encoding,Accept-Language,Accept-Charset:Baiduspider-image
sig   = 1:Host,Accept-Language=[zh-cn],Connection=[close],User-Agent:Accept,Accept-Encoding,Accept-Charset:Baiduspider
sig   = 1:Host,Connection=[close],User-Agent,Accept-Language=[zh-cn,zh-tw],Accept-Encoding=[gzip],Accept=[*/*]:Accept-Charset:Baiduspider
sig   = 1:Host,Connection=[close],User-Agent,Accept-Language=[tr-TR],Accept-Encoding=[gzip],Accept=[*/*]:Accept-Charset:Baiduspider
sig   = 1:Host,Connection=[close],User-Agent,Accept-Encoding=[gzip],?Accept-Language=[zh-cn,zh-tw],Accept=[*/*]:Accept-Charset:Baiduspider
sig   = 1:Host,Connection=[close],User-Agent,Accept-Encoding=[gzip],Accept-Language=[tr-TR],Accept=[*/*]:Accept-Charset:Baiduspider

label = s:!:Yodaobot:
sys   = Linux
sig   = 1:Accept-Encoding=[identity;q=0.5, *;q=0.1],User-Agent,Host:Connection,Accept,Accept-Language,Accept-Charset:YodaoBot/

label = s:!:Archive.org:crawler
sys   = Linux
sig   = 0:User-Agent,Connection=[close],Accept=[application/xml;q=0.9,*/*;q=0.8],Host:Accept-Encoding,Accept-Language,Accept-Charset:archive.org

label = s:!:Facebook:crawler
sys   = Linux
sig   = 1:User-Agent,Host,Accept=[*/*],Accept-Encoding=[deflate, gzip],Connection=[close]:Accept-Language,Accept-Charset:facebookexternalhit/
sig   = 1:User-Agent,Host,Accept=[*/*],Connection=[close]:Accept-Encoding,Accept-Language,Accept-Charset:facebookexternalhit/

label = s:!:Twitter:crawler
sys   = Linux
sig   = 1:User-Agent=[Twitterbot/],Host,Accept=[*; q=.2, */*; q=.2],Cache-Control,Connection=[keep-alive]:Accept-Encoding,Accept-Language,Accept-Charset:Twitterbot/

label = s:!:Tweetmeme:crawler
sys   = Linux
sig   = 1:Host,User-Agent,Accept=[,image/png,*/*;q=0.5],Accept-Language=[en-gb,en;q=0.5],Accept-Charset=[ISO-8859-1,utf-8;q=0.7,*;q=0.7]:Connection,Accept-Encoding:TweetmemeBot/

label = s:!:Flipboard:crawler
sys   = Linux
sig   = 1:User-Agent,Accept-Language=[en-us,en;q=0.5],Accept-Charset=[;q=0.7,*;q=0.5],Accept-Encoding=[gzip],Host,Accept=[*; q=.2, */*; q=.2],Connection=[keep-alive]::FlipboardProxy
sig   = 1:Accept-language=[en-us,en;q=0.5],Accept-encoding=[gzip],Accept=[;q=0.9,*/*;q=0.8],User-agent,Host:User-Agent,Connection,Accept-Encoding,Accept-Language,Accept-Charset:FlipboardProxy

label = s:!:Spinn3r:crawler
sys   = Linux
sig   = 1:User-Agent,Accept-Encoding=[gzip],Host,Accept=[*; q=.2, */*; q=.2],Connection=[close]:Accept-Language,Accept-Charset:Spinn3r

label = s:!:paper.li:crawler
sys   = Linux
sig   = 1:Accept-Language=[en-us,en;q=0.5],Accept=[*/*],User-Agent,Connection=[close],Accept-Encoding=[gzip,identity],?Referer,Host,Accept-Charset=[ISO-8859-1,utf-8;q=0.7,*;q=0.7]::PaperLiBot/

label = s:!:linkdex:crawler
sys   = Linux
sig   = 0:Host,Connection=[Keep-Alive],User-Agent,Accept-Encoding=[gzip,deflate]:Accept,Accept-Language,Accept-Charset:linkdex.com/

; ---------------------------------------------------------------------
; Browsers
; ---------------------------------------------------------------------

; Chrome and what is built on it. SDCH ended with 59; Brotli is not offered without TLS.
label = s:!:Chrome:11.x to 26.x
sys   = Windows,@unix
sig   = 1:Host,Connection=[keep-alive],User-Agent,Accept=[*/*],?Referer,Accept-Encoding=[gzip,deflate,sdch],Accept-Language,Accept-Charset=[utf-8;q=0.7,*;q=0.3]:: Chrom
sig   = 1:Host,Connection=[keep-alive],User-Agent,Accept=[*/*],?Referer,Accept-Encoding=[gzip,deflate,sdch],Accept-Language,Accept-Charset=[UTF-8,*;q=0.5]:: Chrom
sig   = 1:Host,User-Agent,Accept=[*/*],?Referer,Accept-Encoding=[gzip,deflate,sdch],Accept-Language,Accept-Charset=[utf-8;q=0.7,*;q=0.3],Connection=[keep-alive]::Chrom

label = s:!:Chrome:27.x to 42.x
sys   = Windows,@unix
sig   = 1:Host,Connection=[keep-alive],Accept=[*/*],User-Agent,?Referer,Accept-Encoding=[gzip,deflate,sdch],Accept-Language:Accept-Charset,Keep-Alive: Chrom

label = s:!:Chrome:43.x or 50.x
sys   = Windows,@unix
sig   = 1:Host,Connection=[keep-alive],Accept=[*/*],User-Agent,?Referer,Accept-Encoding=[gzip, deflate, sdch],Accept-Language:Accept-Charset,Keep-Alive: Chrom

label = s:!:Chrome:51.x or newer
sys   = Windows,@unix
sig   = 1:Host,Connection=[keep-alive],Upgrade-Insecure-Requests=[1],User-Agent,Accept=[*/*],Accept-Encoding=[gzip, deflate, sdch],Accept-Language:Accept-Charset,Keep-Alive: Chrom

label = s:!:Chrome:59.x or newer
sys   = Windows,@unix
sig   = 1:Host,Connection=[keep-alive],Upgrade-Insecure-Requests=[1],User-Agent,Accept=[*/*],?Referer,Accept-Encoding=[gzip, deflate],Accept-Language:Accept-Charset,Keep-Alive: Chrom

label = s:!:Opera:19.x or newer
sys   = Windows,@unix
sig   = 1:Host,Connection=[keep-alive],Accept=[*/*;q=0.8],User-Agent,Accept-Encoding=[gzip,deflate,lzma,sdch],Accept-Language=[;q=0.]:Accept-Charset,Keep-Alive:OPR/

label = s:!:Opera:15.x-18.x
sys   = Windows,@unix
sig   = 1:Host,Connection=[keep-alive],Accept=[*/*;q=0.8],User-Agent,Accept-Encoding=[gzip, deflate],Accept-Language=[;q=0.]:Accept-Charset,Keep-Alive:OPR/

label = s:!:Opera:11.x-14.x
sys   = Windows,@unix
sig   = 1:User-Agent,Host,Accept=[*/*;q=0.1],?Accept-Language=[;q=0.],Accept-Encoding=[gzip, deflate],Connection=[Keep-Alive]:Accept-Charset,X-OperaMini-Phone-UA:) Presto/

; Before 10, whose headers these begin with.
label = s:!:Opera:Mini
sys   = Linux
sig   = 1:User-Agent,Host,Accept=[*/*;q=0.1],Accept-Language=[;q=0.],Accept-Encoding=[gzip, deflate],Connection=[Keep-Alive],X-OperaMini-Phone-UA,X-OperaMini-Features,X-OperaMini-Phone,x-forwarded-for:Accept-Charset:Opera Mini/

label = s:!:Opera:on Nintendo Wii
sys   = Nintendo
sig   = 1:User-Agent,Host,Accept=[*/*;q=0.1],Accept-Language=[en],Accept-Charset=[iso-8859-1, utf-8, utf-16, *;q=0.1],Accept-Encoding=[deflate, gzip, x-gzip, identity, *;q=0],Connection=[Keep-Alive]::Nintendo

label = s:!:Opera:10.x
sys   = Windows,@unix
sig   = 1:User-Agent,Host,Accept=[*/*;q=0.1],Accept-Language=[;q=0.],Accept-Charset=[utf-8, utf-16, *;q=0.1],Accept-Encoding=[deflate, gzip, x-gzip, identity, *;q=0],Connection=[Keep-Alive]::Presto/
sig   = 1:User-Agent,Host,Accept=[*/*;q=0.1],Accept-Language=[en],Accept-Encoding=[gzip, deflate],Connection=[Keep-Alive]:Accept-Charset:Opera/

label = s:!:Android:2.x
sys   = Linux
sig   = 1:Host,Accept-Encoding=[gzip],Accept-Language,User-Agent,Accept=[,*/*;q=0.5],Accept-Charset=[utf-16, *;q=0.7]:Connection:Android
sig   = 1:Host,Connection=[keep-alive],Accept-Encoding=[gzip],Accept-Language,User-Agent,Accept=[,*/*;q=0.5],Accept-Charset=[utf-16, *;q=0.7]::Android
sig   = 1:Host,Accept-Encoding=[gzip],Accept-Language=[en-US],Accept=[*/*;q=0.5],User-Agent,Accept-Charset=[utf-16, *;q=0.7]:Connection:Android

label = s:!:Android:4.x
sys   = Linux
sig   = 1:Host,Connection=[keep-alive],Accept=[,*/*;q=0.8],User-Agent,Accept-Encoding=[gzip,deflate],Accept-Language,Accept-Charset=[utf-16, *;q=0.7]::Android

label = s:!:WebOS:
sys   = Linux
sig   = 1:Host,Accept-Encoding=[gzip, deflate],User-Agent,Accept=[,*/*;q=0.5],Accept-Language,Accept-Charset=[utf-8;q=0.7,*;q=0.3]:Connection:wOSBrowser

label = s:!:Firefox:2.x
sys   = Windows,@unix
sig   = *:Host,User-Agent,Accept=[,*/*;q=],?Accept-Language,Accept-Encoding=[gzip,deflate],Accept-Charset=[utf-8;q=0.7,*;q=0.7],Keep-Alive=[300],Connection=[keep-alive]::Firefox/

label = s:!:Firefox:3.x
sys   = Windows,@unix
sig   = *:Host,User-Agent,Accept=[,*/*;q=],?Accept-Language,Accept-Encoding=[gzip,deflate],Accept-Charset=[utf-8;q=0.7,*;q=0.7],Keep-Alive=[115],Connection=[keep-alive],?Referer::Firefox/

label = s:!:Firefox:4.x
sys   = Windows,@unix
sig   = *:Host,User-Agent,Accept=[,*/*;q=],?Accept-Language,Accept-Encoding=[gzip, deflate],Accept-Charset=[utf-8;q=0.7,*;q=0.7],Keep-Alive=[115],Connection=[keep-alive],?Referer::Firefox/

label = s:!:Firefox:5.x-9.x
sys   = Windows,@unix
sig   = *:Host,User-Agent,Accept=[,*/*;q=],?Accept-Language,Accept-Encoding=[gzip, deflate],Accept-Charset=[utf-8;q=0.7,*;q=0.7],?DNT=[1],Connection=[keep-alive],?Referer:Keep-Alive:Firefox/
sig   = *:Host,User-Agent,Accept=[,*/*;q=],?Accept-Language,Accept-Encoding=[gzip, deflate],Accept-Charset=[UTF-8,*],?DNT=[1],Connection=[keep-alive],?Referer:Keep-Alive:Firefox/
sig   = *:Host,User-Agent,Accept=[,*/*;q=],?Accept-Language,Accept-Encoding=[gzip, deflate],Accept-Charset=[UTF-8,*],?DNT=[1],?Referer,Connection=[keep-alive]:Keep-Alive:Firefox/
sig   = *:Host,User-Agent,Accept=[,*/*;q=],?Accept-Language,Accept-Encoding=[gzip, deflate],Accept-Charset=[utf-8;q=0.7,*;q=0.7],?DNT=[1],?Referer,Connection=[keep-alive]:Keep-Alive:Firefox/
sig   = *:Host,User-Agent,Accept=[,*/*;q=],?Accept-Language,Accept-Encoding=[gzip, deflate],Accept-Charset=[utf-8;q=0.7,*;q=0.7],?Referer,?DNT=[1],Connection=[keep-alive]:Keep-Alive:Firefox/

; Upgrade-Insecure-Requests came with 42.
label = s:!:Firefox:42.x or newer
sys   = Windows,@unix
sig   = *:Host,User-Agent,Accept=[,*/*;q=],?Accept-Language=[;q=],Accept-Encoding=[gzip, deflate],?DNT=[1],?Referer,Connection=[keep-alive],Upgrade-Insecure-Requests=[1]:Accept-Charset,Keep-Alive:Firefox/

label = s:!:Firefox:10.x or newer
sys   = Windows,@unix
sig   = *:Host,User-Agent,Accept=[,*/*;q=],?Accept-Language=[;q=],Accept-Encoding=[gzip, deflate],?DNT=[1],Connection=[keep-alive],?Referer:Accept-Charset,Keep-Alive:Firefox/
sig   = *:Host,User-Agent,Accept=[,*/*;q=],?Accept-Language=[;q=],Accept-Encoding=[gzip, deflate],?DNT=[1],?Referer,Connection=[keep-alive]:Accept-Charset,Keep-Alive:Firefox/

label = s:!:Firefox:10.x or Safari 5.x
sys   = Windows,@unix
sig   = *:Host,User-Agent,Accept=[xml;q=0.9,*/*;q=0.8],Accept-Language,Accept-Encoding=[gzip, deflate],Connection=[keep-alive]:Keep-Alive,Accept-Charset,DNT,Referer:Gecko

label = s:!:Safari:7 or newer
sys   = @unix
sig   = *:Host,Accept-Encoding=[gzip, deflate],Connection=[keep-alive],Accept=[*/*],User-Agent,Accept-Language,?Referer,?DNT:Accept-Charset,Keep-Alive:KHTML, like Gecko)

; iOS 10 and newer put User-Agent after Accept.
label = s:!:Safari:10 or newer
sys   = @unix
sig   = *:Host,Upgrade-Insecure-Requests=[1],Accept=[*/*],User-Agent,Accept-Language,Accept-Encoding=[gzip, deflate],Connection=[keep-alive]:Accept-Charset,Keep-Alive:KHTML, like Gecko)

label = s:!:Safari:5.1-6
sys   = Windows,@unix
sig   = *:Host,User-Agent,Accept=[*/*],?Referer,Accept-Language,Accept-Encoding=[gzip, deflate],Connection=[keep-alive]:Accept-Charset:KHTML, like Gecko)
sig   = *:Host,User-Agent,Accept=[*/*],?Referer,Accept-Encoding=[gzip, deflate],Accept-Language,Connection=[keep-alive]:Accept-Charset:KHTML, like Gecko)

label = s:!:Safari:5.0 or earlier
sys   = Apple
sig   = 0:Host,User-Agent,Connection=[close]:Accept,Accept-Encoding,Accept-Language,Accept-Charset:CFNetwork/

label = s:!:Konqueror:4.6 or earlier
sys   = Linux,FreeBSD,OpenBSD
sig   = 1:Host,Connection=[Keep-Alive],User-Agent,?Pragma,?Cache-control,Accept=[*/*],Accept-Encoding=[x-gzip, x-deflate, gzip, deflate],Accept-Charset=[;q=0.5, *;q=0.5],Accept-Language::Konqueror/

label = s:!:Konqueror:4.7 or newer
sys   = Linux,FreeBSD,OpenBSD
sig   = 1:Host,Connection=[keep-alive],User-Agent,Accept=[*/*],Accept-Encoding=[gzip, deflate, x-gzip, x-deflate],Accept-Charset=[,*;q=0.5],Accept-Language::Konqueror/

label = s:!:MSIE:8 or newer
sys   = Windows
sig   = 1:Accept=[*/*],?Referer,?Accept-Language,User-Agent,Accept-Encoding=[gzip, deflate],Host,Connection=[Keep-Alive]:Keep-Alive,Accept-Charset,UA-CPU:Trident/
sig   = 1:Accept=[*/*],?Referer,?Accept-Language,Accept-Encoding=[gzip, deflate],User-Agent,Host,Connection=[Keep-Alive]:Keep-Alive,Accept-Charset:(compatible; MSIE

label = s:!:MSIE:7
sys   = Windows
sig   = 1:Accept=[*/*],?Referer,?Accept-Language,UA-CPU,User-Agent,Accept-Encoding=[gzip, deflate],Host,Connection=[Keep-Alive]:Keep-Alive,Accept-Charset:(compatible; MSIE

label = s:!:MSIE:6
sys   = Windows
sig   = 0:Accept=[*/*],?Referer,User-Agent,Host:Keep-Alive,Connection,Accept-Encoding,Accept-Language,Accept-Charset:(compatible; MSIE
sig   = 1:Accept=[*/*],Connection=[Keep-Alive],Host,?Pragma=[no-cache],?Range,?Referer,User-Agent:Keep-Alive,Accept-Encoding,Accept-Language,Accept-Charset:(compatible; MSIE

; ---------------------------------------------------------------------
; Programs and libraries
; ---------------------------------------------------------------------
; Last, for their short lists of headers would cover longer ones. Where a list is so short that
; many programs send it, or a library's users set names of their own, the User-Agent is part of
; the signature: nobody is called dishonest for such a list.

; User-Agent first until 7.5x, Host first since. measured (7.88), p0f3.
label = s:!:curl:
sys   = @unix,Windows
sig   = 1:User-Agent,Host,Accept=[*/*]:Connection,Accept-Encoding,Accept-Language,Accept-Charset:curl/
sig   = 1:Host,User-Agent,Accept=[*/*]:Connection,Accept-Encoding,Accept-Language,Accept-Charset:curl/

; measured (1.21), p0f3.
label = s:!:wget:
sys   = @unix,Windows
sig   = *:User-Agent,Accept=[*/*],Host,Connection=[Keep-Alive]:Accept-Encoding,Accept-Language,Accept-Charset:Wget/
sig   = *:Host,User-Agent,Accept=[*/*],Accept-Encoding=[identity],Connection=[Keep-Alive]:Accept-Language,Accept-Charset:Wget/
sig   = *:User-Agent,Accept=[*/*],Accept-Encoding=[identity],Host,Connection=[Keep-Alive]:Accept-Language,Accept-Charset:Wget/

; measured (2.3).
label = s:!:ApacheBench:
sys   = @unix,Windows
sig   = 0:?Connection=[Keep-Alive],Host,User-Agent,Accept=[*/*]:Accept-Encoding,Accept-Language,Accept-Charset:ApacheBench/

; measured (3.11 standard library; requests 2.34), p0f3.
label = s:!:Python:urllib
sys   = @unix,Windows
sig   = 1:Accept-Encoding=[identity],Host,Connection=[close],User-Agent:Accept,Accept-Language,Accept-Charset:Python-urllib/
sig   = 1:Accept-Encoding=[identity],Host,User-Agent,Connection=[close]:Accept,Accept-Language,Accept-Charset:Python-urllib/

label = s:!:Python:requests
sys   = @unix,Windows
sig   = 1:Host,User-Agent,Accept-Encoding=[gzip, deflate],Accept=[*/*],Connection=[keep-alive]:Accept-Language,Accept-Charset:python-requests/

; measured (17), p0f3.
label = s:!:Java:JRE
sys   = @unix,@win
sig   = 1:User-Agent,Host,Accept=[*; q=.2, */*; q=.2],Connection=[keep-alive]:Accept-Encoding,Accept-Language,Accept-Charset:Java/
sig   = 1:User-Agent,Host,Accept=[*/*; q=0.2],Connection=[keep-alive]:Accept-Encoding,Accept-Language,Accept-Charset:Java/

label = s:!:Java:11 or newer (HttpClient)
sys   = @unix,@win
sig   = 1:Connection=[Upgrade, HTTP2-Settings],?Content-Length,Host,HTTP2-Settings,Upgrade=[h2c],User-Agent:Accept,Accept-Encoding,Accept-Language,Accept-Charset:Java-http-client/

; measured (fetch of version 18 and newer).
label = s:!:Node.js:fetch
sys   = @unix,Windows
sig   = 1:host,connection=[keep-alive],accept=[*/*],accept-language=[*],sec-fetch-mode=[cors],user-agent,accept-encoding=[gzip, deflate]:Host,User-Agent,Accept:

; measured.
label = s:!:Perl:HTTP-Tiny
sys   = @unix,Windows
sig   = 1:Host,User-Agent=[HTTP-Tiny/]:Connection,Accept,Accept-Encoding,Accept-Language,Accept-Charset:HTTP-Tiny/

; documentation of net/http and of OkHttp.
label = s:!:Go:net/http
sys   = @unix,Windows
sig   = 1:Host,User-Agent=[Go-http-client/],Accept-Encoding=[gzip]:Connection,Accept,Accept-Language,Accept-Charset:Go-http-client/

label = s:!:OkHttp:
sys   = @unix,Windows
sig   = 1:Host,Connection=[Keep-Alive],Accept-Encoding=[gzip],User-Agent=[okhttp/]:Accept,Accept-Language,Accept-Charset:okhttp/

label = s:!:Lynx:
sys   = @unix,Windows
sig   = 0:Host,Accept=[text/sgml, */*;q=0.01],Accept-Encoding=[gzip, compress],Accept-Language,User-Agent:Connection,Accept-Charset:Lynx/

label = s:!:links:
sys   = @unix,Windows
sig   = 1:Host,User-Agent,Accept=[*/*],Accept-Encoding=[gzip, deflate, bzip2],Accept-Charset=[us-ascii],Accept-Language=[;q=0.1],Connection=[Keep-Alive]::Links
sig   = 1:Host,User-Agent,Accept=[*/*],Accept-Encoding=[gzip,deflate,bzip2],Accept-Charset=[us-ascii],Accept-Language=[;q=0.1],Connection=[keep-alive]::Links

label = s:!:elinks:
sys   = @unix,Windows
sig   = 1:Host,User-Agent,Accept=[*/*],Accept-Encoding=[bzip2, deflate, gzip],Accept-Language:Connection,Accept-Charset:ELinks/

label = s:!:w3m:
sys   = @unix,Windows
sig   = 0:User-Agent,Accept=[image/*],Accept-Encoding=[gzip, compress, bzip, bzip2, deflate],Accept-Language=[;q=1.0],Host:Connection,Accept-Charset:w3m/

label = s:!:libfetch:
sys   = @unix
sig   = 1:Host,User-Agent,Connection=[close]:Accept,Accept-Encoding,Accept-Language,Accept-Charset:libfetch/

; Browsers and the like with lists as short.
label = s:!:Epiphany:
sys   = @unix
sig   = 1:Host,User-Agent,Accept=[*/*],Accept-Encoding=[gzip],Accept-Language:Connection,Accept-Charset,Keep-Alive:Epiphany/

label = s:!:luakit:
sys   = @unix
sig   = 1:Host,User-Agent,Accept=[*/*],Accept-Encoding=[gzip],Connection=[Keep-Alive]:Accept-Language,Accept-Charset:luakit

label = s:!:xxxterm:
sys   = @unix
sig   = 1:Host,User-Agent,Accept=[*/*],Accept-Encoding=[gzip]:Connection,Accept-Language,Accept-Charset:xxxterm

label = s:!:Google Desktop:
sys   = Windows
sig   = 1:Accept=[*/*],Accept-Encoding=[gzip],User-Agent,Host,Connection=[Keep-Alive]:Accept-Language,Accept-Charset:Google Desktop/

; =====================================================================
; HTTP responses
; =====================================================================

[http:response]

; measured (2.4), p0f3.
label = s:!:Apache:2.x
sys   = @unix,Windows
sig   = 1:Date,Server,?Last-Modified,?Accept-Ranges=[bytes],?Content-Length,?Content-Range,Keep-Alive=[timeout],Connection=[Keep-Alive],?Transfer-Encoding=[chunked],Content-Type::Apache
sig   = 1:Date,Server,?Last-Modified,?Accept-Ranges=[bytes],?Content-Length,?Connection=[close],?Transfer-Encoding=[chunked],Content-Type:Keep-Alive:Apache
sig   = 1:Date,Server,Connection=[Keep-Alive],Keep-Alive=[timeout]:Content-Type,Accept-Ranges:Apache
sig   = 1:Date,Server,?Last-Modified,?Accept-Ranges=[bytes],?Content-Length,Content-Type,Keep-Alive=[timeout],Connection=[Keep-Alive]::Apache

label = s:!:Apache:1.x
sys   = @unix,Windows
sig   = 1:Server,Content-Type,?Content-Length,Date,Connection=[keep-alive]:Keep-Alive,Accept-Ranges:Apache
sig   = 1:Server,Content-Type,?Content-Length,Date,Connection=[close]:Keep-Alive,Accept-Ranges:Apache

; 1.3 and newer send ETag for files. documentation, p0f3.
label = s:!:nginx:1.x
sys   = @unix
sig   = 1:Server,Date,Content-Type,?Content-Length,?Last-Modified,Connection=[keep-alive],Keep-Alive=[timeout],Accept-Ranges=[bytes]::nginx/
sig   = 1:Server,Date,Content-Type,?Content-Length,?Last-Modified,Connection=[close]:Keep-Alive,Accept-Ranges:nginx/
sig   = 1:Server,Date,Content-Type,?Content-Length,?Last-Modified,Connection=[keep-alive],ETag,Accept-Ranges=[bytes]:Keep-Alive:nginx

label = s:!:nginx:0.x or newer
sys   = @unix
sig   = 1:Server,Date,Content-Type,?Content-Length,Connection=[keep-alive],?Last-Modified:Keep-Alive,Accept-Ranges:nginx/
sig   = 1:Server,Date,Content-Type,?Content-Length,Connection=[close],?Last-Modified:Keep-Alive,Accept-Ranges:nginx/

label = s:!:lighttpd:2.x
sys   = @unix
sig   = 1:?ETag,?Last-Modified,Accept-Ranges=[bytes],Content-Type,?Vary,?Content-Length,Date,Server:Connection,Keep-Alive:lighttpd/
sig   = 1:?ETag,?Last-Modified,Transfer-Encoding=[chunked],Content-Type,?Vary,?Content-Length,Date,Server:Connection,Keep-Alive:lighttpd/

label = s:!:lighttpd:1.x
sys   = @unix
sig   = 1:Content-Type,Accept-Ranges=[bytes],?ETag,?Last-Modified,Date,Server:Connection,Keep-Alive:lighttpd/
sig   = 1:Content-Type,Transfer-Encoding=[chunked],?ETag,?Last-Modified,Date,Server:Connection,Keep-Alive:lighttpd/
sig   = 0:Content-Type,Content-Length,Connection=[close],Date,Server:Keep-Alive,Accept-Ranges:lighttpd/

label = s:!:IIS:7.x
sys   = Windows
sig   = 1:?Content-Length,Content-Type,?Etag,Server,Date:Connection,Keep-Alive,Accept-Ranges:Microsoft-IIS/
sig   = 1:?Content-Length,Content-Type,?Etag,Server,Date,Connection=[close]:Keep-Alive,Accept-Ranges:Microsoft-IIS/

label = s:!:IIS:8.x or 10.x
sys   = Windows
sig   = 1:Content-Type,Last-Modified,Accept-Ranges=[bytes],ETag,Server,?X-Powered-By,Date,Content-Length:Connection,Keep-Alive:Microsoft-IIS/

label = s:!:Google Web Server:
sys   = Linux
sig   = *:Content-Type,X-Content-Type-Options=[nosniff],Date,Server=[sffe]:Connection,Accept-Ranges,Keep-Alive,Connection:
sig   = *:Date,Content-Type,Server=[gws]:Connection,Accept-Ranges,Keep-Alive:
sig   = *:Content-Type,X-Content-Type-Options=[nosniff],Server=[GSE]:Connection,Accept-Ranges,Keep-Alive:

label = s:!:Cloudflare:
sys   = @unix
sig   = 1:Date,Content-Type,Connection=[keep-alive],Server=[cloudflare]:Keep-Alive:cloudflare

; measured (http.server of 3.11).
label = s:!:Python:http.server
sys   = @unix,Windows
sig   = 0:Server=[SimpleHTTP],Date,Content-type:Connection,Keep-Alive:SimpleHTTP

; documentation of Express.
label = s:!:Node.js:Express
sys   = @unix,Windows
sig   = 1:X-Powered-By=[Express],Content-Type,?Content-Length,?ETag,Date,Connection:Server:
