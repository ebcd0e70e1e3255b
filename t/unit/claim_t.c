/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What real User-Agents and client hints claim, and whether that can be the
 * system behind the SYN. Rows marked HONEST get 1 although nobody lies; the
 * manual names each of these cases.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "p0f_engine/claim.h"

#define EMPTY (-1)
#define HONEST 1

/* Beginnings and ends that many have in common. */
#define M  "Mozilla/5.0 "
#define WK " AppleWebKit/537.36 (KHTML, like Gecko) "

static const struct {
    const char *who;
    const char *hint;            /* Sec-CH-UA-Platform */
    const char *agent;
    const char *claims;
    const char *system;          /* by the SYN: name */
    int mismatch;
} rows[] = {
    /* ---- browsers of the desktop ---- */
    { "Chrome on Windows 10", "\"Windows\"", M "(Windows NT 10.0; Win64; x64)" WK "Chrome/126.0.0.0 Safari/537.36", "Windows", "Windows", 0 },
    { "Chrome on Windows 11, whose string is frozen", "\"Windows\"", M "(Windows NT 10.0; Win64; x64)" WK "Chrome/131.0.0.0 Safari/537.36", "Windows", "Windows", 0 },
    { "Edge on Windows 11", "\"Windows\"", M "(Windows NT 10.0; Win64; x64)" WK "Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0", "Windows", "Windows", 0 },
    { "Firefox on Windows, no hints", "", M "(Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0", "Windows", "Windows", 0 },
    { "Internet Explorer 11", "", M "(Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko", "Windows", "Windows", 0 },
    { "Internet Explorer 6", "", "Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1; SV1)", "Windows", "Windows", 0 },
    { "Windows 98", "", "Mozilla/4.0 (compatible; MSIE 5.5; Windows 98; Win 9x 4.90)", "Windows", "Windows", 0 },
    { "Chrome on macOS 15, string frozen at 10_15_7", "\"macOS\"", M "(Macintosh; Intel Mac OS X 10_15_7)" WK "Chrome/131.0.0.0 Safari/537.36", "macOS", "Apple", 0 },
    { "Safari on macOS", "", M "(Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15", "macOS", "Apple", 0 },
    { "Safari on macOS, database of p0f 3", "", M "(Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15", "macOS", "Mac OS X", 0 },
    { "Firefox on macOS", "", M "(Macintosh; Intel Mac OS X 10.15; rv:128.0) Gecko/20100101 Firefox/128.0", "macOS", "Apple", 0 },
    { "IE on classic Mac OS", "", "Mozilla/4.0 (compatible; MSIE 5.23; Mac_PowerPC)", "macOS", "Mac OS classic", 0 },
    { "Chrome on Linux", "\"Linux\"", M "(X11; Linux x86_64)" WK "Chrome/131.0.0.0 Safari/537.36", "Linux", "Linux", 0 },
    { "Firefox on Ubuntu", "", M "(X11; Ubuntu; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Linux", "Linux", 0 },
    { "ChromeOS, hint", "\"Chrome OS\"", M "(X11; CrOS x86_64 14541.0.0)" WK "Chrome/131.0.0.0 Safari/537.36", "ChromeOS", "Linux", 0 },
    { "ChromeOS, string alone", "", M "(X11; CrOS x86_64 14541.0.0)" WK "Chrome/131.0.0.0 Safari/537.36", "ChromeOS", "Linux", 0 },
    { "Firefox on FreeBSD", "", M "(X11; FreeBSD amd64; rv:128.0) Gecko/20100101 Firefox/128.0", "FreeBSD", "FreeBSD", 0 },
    { "Firefox on OpenBSD", "", M "(X11; OpenBSD amd64; rv:128.0) Gecko/20100101 Firefox/128.0", "OpenBSD", "OpenBSD", 0 },
    { "Chrome on FreeBSD, which says Linux", "\"Linux\"", M "(X11; Linux x86_64)" WK "Chrome/126.0.0.0 Safari/537.36", "Linux", "FreeBSD", HONEST },
    { "Firefox on Solaris", "", M "(X11; SunOS i86pc; rv:45.0) Gecko/20100101 Firefox/45.0", "Solaris", "Solaris", 0 },
    { "Haiku", "", M "(X11; Haiku x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) WebPositive/1.2 Version/8.0 Safari/605.1.15", "Haiku", "BeOS", 0 },
    /* ---- telephones and tablets ---- */
    { "Safari on iPhone", "", M "(iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1", "iOS", "Apple", 0 },
    { "Chrome on iPhone", "", M "(iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1", "iOS", "iOS", 0 },
    { "iPad as Macintosh", "", M "(Macintosh; Intel Mac OS X 10_15_6) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15", "macOS", "Apple", 0 },
    { "iPad in mobile mode", "", M "(iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1", "iOS", "Apple", 0 },
    { "iPhone asking for the desktop site", "", M "(Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15", "macOS", "iOS", 0 },
    { "Chrome on Android, reduced string", "\"Android\"", M "(Linux; Android 10; K)" WK "Chrome/131.0.0.0 Mobile Safari/537.36", "Android", "Linux", 0 },
    { "Chrome on Android in desktop mode", "\"Linux\"", M "(X11; Linux x86_64)" WK "Chrome/131.0.0.0 Safari/537.36", "Linux", "Android", 0 },
    { "Firefox on Android in desktop mode", "", M "(X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Linux", "Linux", 0 },
    { "Samsung Internet asking for the desktop site", "\"Linux\"", M "(X11; Linux x86_64)" WK "SamsungBrowser/25.0 Chrome/121.0.0.0 Safari/537.36", "Linux", "Linux", 0 },
    { "Firefox on Android", "", M "(Android 14; Mobile; rv:128.0) Gecko/128.0 Firefox/128.0", "Android", "Linux", 0 },
    { "Huawei with Android inside", "", M "(Linux; Android 12; HarmonyOS; NOH-AN01)" WK "Chrome/114.0.5735.196 HuaweiBrowser/15.0.4 Mobile Safari/537.36", "Android", "Linux", 0 },
    { "HarmonyOS NEXT, whose SYN nobody knows", "", M "(Phone; OpenHarmony 5.0)" WK "Chrome/114.0.0.0 Safari/537.36 ArkWeb/4.1 Mobile", "HarmonyOS", "", EMPTY },
    { "Windows Phone that says Android and iPhone", "", M "(Mobile; Windows Phone 8.1; Android 4.0; ARM; Trident/7.0; Touch; rv:11.0; IEMobile/11.0; NOKIA; Lumia 520) like iPhone OS 7_0_3 Mac OS X AppleWebKit/537 (KHTML, like Gecko) Mobile Safari/537", "Windows", "Windows", 0 },
    { "BlackBerry 10", "", M "(BB10; Touch) AppleWebKit/537.10+ (KHTML, like Gecko) Version/10.0.9.2372 Mobile Safari/537.10+", "BlackBerry", "Blackberry", 0 },
    { "Symbian", "", M "(SymbianOS/9.4; Series60/5.0 NokiaN97-1/20.0.019) AppleWebKit/525 (KHTML, like Gecko) BrowserNG/7.1.18124", "Symbian", "Symbian", 0 },
    { "KaiOS", "", M "(Mobile; Nokia_8110_4G; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5", "KaiOS", "Linux", 0 },
    { "an Android app", "", "Dalvik/2.1.0 (Linux; U; Android 13; SM-S908B Build/TP1A.220624.014)", "Android", "Linux", 0 },
    { "an iOS app", "", "MyApp/5.2 CFNetwork/1494.0.7 Darwin/23.4.0", "Darwin", "Apple", 0 },
    { "an iOS app of Alamofire", "", "App/1.0 (com.example.app; build:1; iOS 17.0.0) Alamofire/5.8.0", "iOS", "Apple", 0 },
    { "Apple Watch", "", "app/1 watchOS/10.4 model/Watch6,1 hwp/t8301 build/21T216 (6; dt:249)", "watchOS", "Apple", 0 },
    /* ---- television and consoles ---- */
    { "Apple TV", "", "AppleCoreMedia/1.0.0.12B466 (Apple TV; U; CPU OS 8_1_3 like Mac OS X; en_us)", "tvOS", "Apple", 0 },
    { "Samsung television", "", M "(SMART-TV; LINUX; Tizen 6.0)" WK "76.0.3809.146/6.0 TV Safari/537.36", "Tizen", "Linux", 0 },
    { "LG television", "", M "(Web0S; Linux/SmartTV)" WK "Chrome/94.0.4606.128 Safari/537.36 WebAppManager", "webOS", "Linux", 0 },
    { "Fire TV", "", M "(Linux; Android 9; AFTMM Build/PS7233; wv)" WK "Version/4.0 Chrome/70.0.3538.110 Mobile Safari/537.36", "Android", "Linux", 0 },
    { "PlayStation 5", "", M "(PlayStation; PlayStation 5/7.61) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.4 Safari/605.1.15", "PlayStation", "FreeBSD", 0 },
    { "Xbox", "", M "(Windows NT 10.0; Win64; x64; Xbox; Xbox One)" WK "Chrome/122.0.0.0 Safari/537.36 Edg/122.0.0.0", "Windows", "Windows", 0 },
    { "Nintendo Switch", "", M "(Nintendo Switch; WifiWebAuthApplet) AppleWebKit/606.4 (KHTML, like Gecko) NF/6.0.1.16.10 NintendoBrowser/5.1.0.20393", "Nintendo", "Nintendo", 0 },
    /* ---- one system within another ---- */
    { "Firefox in WSL 2", "", M "(X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Linux", "Linux", 0 },
    { "curl in WSL 1, whose stack is Windows'", "", "curl/8.5.0", "", "Windows", EMPTY },
    { "wget in WSL 1", "", "Wget/1.21.2 (linux-gnu)", "Linux", "Windows", HONEST },
    { "a browser in WSL 1", "", M "(X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Linux", "Windows", HONEST },
    { "Windows in a virtual machine whose NAT is a program of the Mac", "\"Windows\"", M "(Windows NT 10.0; Win64; x64)" WK "Chrome/126.0.0.0 Safari/537.36", "Windows", "Apple", HONEST },
    { "Tor Browser on Linux, which says Windows as on all systems", "", M "(Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0", "Windows", "Linux", HONEST },
    /* ---- relays ---- */
    { "iCloud Private Relay: the SYN is the relay's", "", M "(iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1", "iOS", "Linux", HONEST },
    { "a Windows client behind a proxy that doesn't tell", "\"Windows\"", M "(Windows NT 10.0; Win64; x64)" WK "Chrome/126.0.0.0 Safari/537.36", "Windows", "Linux", HONEST },
    { "a phone behind a SOCKS proxy on BSD", "\"Android\"", M "(Linux; Android 10; K)" WK "Chrome/126.0.0.0 Mobile Safari/537.36", "Android", "FreeBSD", HONEST },
    { "a VPN leaves the SYN alone", "\"Windows\"", M "(Windows NT 10.0; Win64; x64)" WK "Chrome/126.0.0.0 Safari/537.36", "Windows", "Windows", 0 },
    /* ---- robots ---- */
    { "Googlebot smartphone", "", M "(Linux; Android 6.0.1; Nexus 5X Build/MMB29P)" WK "Chrome/126.0.6478.126 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Android", "Linux", 0 },
    { "Googlebot", "", M "(compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "", "Linux", EMPTY },
    { "Googlebot of the iPhone's days", "", M "(iPhone; CPU iPhone OS 8_3 like Mac OS X) AppleWebKit/600.1.4 (KHTML, like Gecko) Version/8.0 Mobile/12F70 Safari/600.1.4 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "iOS", "Linux", HONEST },
    { "bingbot", "", M "AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/116.0.1938.76 Safari/537.36", "", "Windows", EMPTY },
    { "bingbot smartphone", "", M "(Linux; Android 6.0.1; Nexus 5X Build/MMB29P)" WK "Chrome/116.0.1938.76 Mobile Safari/537.36 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", "Android", "Windows", HONEST },
    { "Applebot", "", M "(Macintosh; Intel Mac OS X 10_15_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1.1 Safari/605.1.15 (Applebot/0.1; +http://www.apple.com/go/applebot)", "macOS", "Linux", HONEST },
    { "YandexBot", "", M "(compatible; YandexBot/3.0; +http://yandex.com/bots)", "", "Linux", EMPTY },
    { "facebookexternalhit", "", "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", "", "Linux", EMPTY },
    { "a robot whose address names a system", "", "SomeBot/1.0 (+https://windows.example/linux-bot)", "", "Linux", EMPTY },
    { "a page-speed tester that plays a telephone", "\"Android\"", M "(Linux; Android 11; moto g power (2022))" WK "Chrome/125.0.0.0 Mobile Safari/537.36", "Android", "Linux", 0 },
    /* ---- programs ---- */
    { "curl", "", "curl/7.88.1", "", "Linux", EMPTY },
    { "curl of old", "", "curl/7.15.5 (x86_64-redhat-linux-gnu) libcurl/7.15.5 OpenSSL/0.9.8b", "Linux", "Linux", 0 },
    { "curl of an old Mac", "", "curl/7.24.0 (x86_64-apple-darwin12.0) libcurl/7.24.0", "Darwin", "Apple", 0 },
    { "curl of Windows, old", "", "curl/7.16.4 (i586-pc-mingw32msvc) libcurl/7.16.4", "Windows", "Windows", 0 },
    { "wget", "", "Wget/1.21.3", "", "Linux", EMPTY },
    { "Python", "", "python-requests/2.31.0", "", "Linux", EMPTY },
    { "Go", "", "Go-http-client/1.1", "", "Linux", EMPTY },
    { "okhttp", "", "okhttp/4.12.0", "", "Linux", EMPTY },
    { "apt", "", "Debian APT-HTTP/1.3 (2.6.1)", "Linux", "Linux", 0 },
    { "PowerShell on Windows", "", M "(Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.22621.2506", "Windows", "Windows", 0 },
    { "the CRL fetcher of Windows", "", "Microsoft-CryptoAPI/10.0", "Windows", "Windows", 0 },
    { "nothing said", "", "", "", "Linux", EMPTY },
    { "X11 names no system", "", M "(X11; U; en-US; rv:1.9) Gecko/2008", "", "Linux", EMPTY },
    /* ---- liars ---- */
    { "a script on Linux that says Chrome on Windows", "", M "(Windows NT 10.0; Win64; x64)" WK "Chrome/120.0.0.0 Safari/537.36", "Windows", "Linux", 1 },
    { "the same with hints", "\"Windows\"", M "(Windows NT 10.0; Win64; x64)" WK "Chrome/120.0.0.0 Safari/537.36", "Windows", "Linux", 1 },
    { "its string forged, its hint forgotten", "\"Linux\"", M "(Windows NT 10.0; Win64; x64)" WK "HeadlessChrome/120.0.0.0 Safari/537.36", "Linux", "Linux", 0 },
    { "Windows that plays an iPhone", "", M "(iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1", "iOS", "Windows", 1 },
    { "an iPhone farm on FreeBSD", "", M "(iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148", "iOS", "FreeBSD", 1 },
    { "a Mac that plays Windows", "\"Windows\"", M "(Windows NT 10.0; Win64; x64)" WK "Chrome/126.0.0.0 Safari/537.36", "Windows", "Mac OS X", 1 },
    { "a system that isn't known", "\"Windows\"", M "(Windows NT 10.0; Win64; x64)" WK "Chrome/126.0.0.0 Safari/537.36", "Windows", "", EMPTY },
    /* ---- hints that say nothing ---- */
    { "an unknown hint", "\"Unknown\"", M "(X11; Linux x86_64)" WK "Chrome/126.0.0.0 Safari/537.36", "Linux", "Linux", 0 },
    { "an empty hint", "\"\"", M "(Windows NT 10.0; Win64; x64)" WK "Chrome/126.0.0.0 Safari/537.36", "Windows", "Windows", 0 },
    { "a hint that isn't a string", "Windows", M "(X11; Linux x86_64)" WK "Chrome/126.0.0.0 Safari/537.36", "Linux", "Linux", 0 },
    { "no hint but a quote", "\"", "curl/8.5.0", "", "Linux", EMPTY },
    { "short words in longer ones", "", "Crossfire/1.0 Aixam iostream cross", "", "Linux", EMPTY }
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static p0f_bytes_t bytes(const char *text)
{
    p0f_bytes_t b = { (const uint8_t *)text, strlen(text) };

    return b;
}

static const char *class_of(const char *system)
{
    return !strcmp(system, "Windows") ? "win" : "unix";
}

static void real_pairs_have_their_value(void **state)
{
    size_t i;

    (void)state;
    assert_true(ROWS >= 60);
    for (i = 0; i < ROWS; i++) {
        p0f_claim_t claim = p0f_claim_read(bytes(rows[i].agent),
                                           bytes(rows[i].hint));
        p0f_family_t family = p0f_claim_family(rows[i].system,
                                               class_of(rows[i].system));
        int got = p0f_claim_mismatch(claim.family, family);

        if (strcmp(claim.system, rows[i].claims) || got != rows[i].mismatch)
            fail_msg("%s: claims \"%s\", mismatch %d", rows[i].who,
                     claim.system, got);
    }
}

static void names_of_the_databases_have_their_family(void **state)
{
    static const struct {
        const char *name, *class_name;
        p0f_family_t family;
    } names[] = {
        { "Windows", "win", P0F_FAMILY_WINDOWS },
        { "ReactOS", "win", P0F_FAMILY_WINDOWS },
        { "Xbox", "other", P0F_FAMILY_WINDOWS },
        { "Apple", "unix", P0F_FAMILY_APPLE },
        { "Mac OS X", "unix", P0F_FAMILY_APPLE },
        { "MacOS X", "unix", P0F_FAMILY_APPLE },
        { "iOS", "unix", P0F_FAMILY_APPLE },
        { "Linux", "unix", P0F_FAMILY_LINUX },
        { "Android", "unix", P0F_FAMILY_LINUX },
        { "FreeBSD", "unix", P0F_FAMILY_BSD },
        { "BSD", "unix", P0F_FAMILY_BSD },
        { "NetBSD", "unix", P0F_FAMILY_BSD },
        { "Solaris", "unix", P0F_FAMILY_OTHER },
        { "Nintendo", "other", P0F_FAMILY_OTHER },
        { "NMap", "!", P0F_FAMILY_NONE }, { "", "", P0F_FAMILY_NONE }
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_int_equal(p0f_claim_family(names[i].name,
                                          names[i].class_name),
                         names[i].family);
}

/* Every beginning of every text, placed so that a byte too far faults. */
static void no_text_is_read_beyond_its_end(void **state)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), i, n;
    uint8_t *map = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    (void)state;
    assert_true(map != MAP_FAILED);
    assert_int_equal(mprotect(map + page, page, PROT_NONE), 0);
    for (i = 0; i < ROWS; i++) {
        const char *texts[] = { rows[i].agent, rows[i].hint };

        for (n = 0; n <= strlen(texts[0]); n++) {
            p0f_bytes_t cut = { map + page - n, n };

            memcpy(map + page - n, texts[0], n);
            assert_non_null(p0f_claim_read(cut, bytes("")).system);
        }
        for (n = 0; n <= strlen(texts[1]); n++) {
            p0f_bytes_t cut = { map + page - n, n };

            memcpy(map + page - n, texts[1], n);
            assert_non_null(p0f_claim_read(bytes(""), cut).system);
        }
    }
    munmap(map, 2 * page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_pairs_have_their_value),
        cmocka_unit_test(names_of_the_databases_have_their_family),
        cmocka_unit_test(no_text_is_read_beyond_its_end)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("claim", tests, NULL, NULL);
}
