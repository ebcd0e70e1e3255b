/* SPDX-License-Identifier: Apache-2.0 */
/*
 * claim.c - the system that a request claims, and families of systems.
 *
 * A User-Agent is free text in which several systems are named as often as
 * one ("Windows Phone 10.0; Android 6.0.1", "like Mac OS X"), so that the
 * order of the table decides: what stands first in it wins, wherever it
 * stands in the text.
 */
#include "claim.h"

#include <string.h>

enum { MAX_AGENT = 1024, SHORT_WORD = 4 };

typedef struct {
    const char *word;            /* lower case; begins a word of the text */
    const char *system;
    p0f_family_t family;
} entry_t;

#define IS_WINDOWS P0F_FAMILY_WINDOWS
#define IS_APPLE   P0F_FAMILY_APPLE
#define IS_LINUX   P0F_FAMILY_LINUX
#define IS_BSD     P0F_FAMILY_BSD
#define IS_OTHER   P0F_FAMILY_OTHER

static const entry_t agents[] = {
    /* Windows Phone calls itself Android and iPhone as well. */
    { "windows", "Windows", IS_WINDOWS }, { "win64", "Windows", IS_WINDOWS },
    { "win32", "Windows", IS_WINDOWS }, { "winnt", "Windows", IS_WINDOWS },
    { "win98", "Windows", IS_WINDOWS }, { "win95", "Windows", IS_WINDOWS },
    { "win 9x", "Windows", IS_WINDOWS }, { "winhttp", "Windows", IS_WINDOWS },
    { "mingw", "Windows", IS_WINDOWS }, { "cygwin", "Windows", IS_WINDOWS },
    { "microsoft-cryptoapi", "Windows", IS_WINDOWS },
    { "microsoft bits", "Windows", IS_WINDOWS },
    { "microsoft ncsi", "Windows", IS_WINDOWS },
    { "microsoft-delivery", "Windows", IS_WINDOWS },
    { "xbox", "Windows", IS_WINDOWS },
    /* Consoles; Sony's have a FreeBSD inside. */
    { "playstation", "PlayStation", IS_BSD }, { "nintendo", "Nintendo", IS_OTHER },
    /* Linux devices that also say "like Android". */
    { "tizen", "Tizen", IS_LINUX }, { "web0s", "webOS", IS_LINUX },
    { "webos", "webOS", IS_LINUX }, { "hpwos", "webOS", IS_LINUX },
    { "kaios", "KaiOS", IS_LINUX }, { "cros", "ChromeOS", IS_LINUX },
    { "android", "Android", IS_LINUX }, { "dalvik", "Android", IS_LINUX },
    { "openharmony", "HarmonyOS", IS_OTHER },
    { "symbian", "Symbian", IS_OTHER }, { "series60", "Symbian", IS_OTHER },
    { "series40", "Nokia Series 40", IS_OTHER },
    { "blackberry", "BlackBerry", IS_OTHER }, { "bb10", "BlackBerry", IS_OTHER },
    { "playbook", "BlackBerry", IS_OTHER },
    /* iOS says "like Mac OS X"; an iPad may say Macintosh and nothing else. */
    { "iphone", "iOS", IS_APPLE }, { "ipad", "iOS", IS_APPLE },
    { "ipod", "iOS", IS_APPLE }, { "ios", "iOS", IS_APPLE },
    { "apple tv", "tvOS", IS_APPLE }, { "appletv", "tvOS", IS_APPLE },
    { "tvos", "tvOS", IS_APPLE },
    { "watchos", "watchOS", IS_APPLE }, { "watch os", "watchOS", IS_APPLE },
    { "macintosh", "macOS", IS_APPLE }, { "mac os", "macOS", IS_APPLE },
    { "macos", "macOS", IS_APPLE }, { "mac_powerpc", "macOS", IS_APPLE },
    { "cfnetwork", "Darwin", IS_APPLE }, { "darwin", "Darwin", IS_APPLE },
    { "freebsd", "FreeBSD", IS_BSD }, { "openbsd", "OpenBSD", IS_BSD },
    { "netbsd", "NetBSD", IS_BSD }, { "dragonfly", "DragonFly", IS_BSD },
    { "sunos", "Solaris", IS_OTHER }, { "solaris", "Solaris", IS_OTHER },
    { "aix", "AIX", IS_OTHER }, { "hp-ux", "HP-UX", IS_OTHER },
    { "irix", "IRIX", IS_OTHER }, { "openvms", "OpenVMS", IS_OTHER },
    { "os/2", "OS/2", IS_OTHER }, { "beos", "BeOS", IS_OTHER },
    { "haiku", "Haiku", IS_OTHER }, { "amiga", "AmigaOS", IS_OTHER },
    { "fuchsia", "Fuchsia", IS_OTHER }, { "qnx", "QNX", IS_OTHER },
    { "roku", "Roku", IS_LINUX }, { "ubuntu", "Linux", IS_LINUX },
    { "debian", "Linux", IS_LINUX }, { "fedora", "Linux", IS_LINUX },
    { "linux", "Linux", IS_LINUX }
};

/* The whole value of the hint. */
static const entry_t platforms[] = {
    { "windows", "Windows", IS_WINDOWS }, { "macos", "macOS", IS_APPLE },
    { "ios", "iOS", IS_APPLE }, { "android", "Android", IS_LINUX },
    { "linux", "Linux", IS_LINUX }, { "chrome os", "ChromeOS", IS_LINUX },
    { "chromium os", "ChromeOS", IS_LINUX }, { "chromeos", "ChromeOS", IS_LINUX },
    { "fuchsia", "Fuchsia", IS_OTHER }, { "freebsd", "FreeBSD", IS_BSD },
    { "openbsd", "OpenBSD", IS_BSD }
};

/* How names of systems in a database begin. */
static const entry_t systems[] = {
    { "windows", NULL, IS_WINDOWS }, { "xbox", NULL, IS_WINDOWS },
    { "apple", NULL, IS_APPLE }, { "mac os", NULL, IS_APPLE },
    { "macos", NULL, IS_APPLE }, { "ios", NULL, IS_APPLE },
    { "ipados", NULL, IS_APPLE }, { "darwin", NULL, IS_APPLE },
    { "linux", NULL, IS_LINUX }, { "android", NULL, IS_LINUX },
    { "chromeos", NULL, IS_LINUX }, { "chrome os", NULL, IS_LINUX },
    { "webos", NULL, IS_LINUX }, { "tizen", NULL, IS_LINUX },
    { "freebsd", NULL, IS_BSD }, { "openbsd", NULL, IS_BSD },
    { "netbsd", NULL, IS_BSD }, { "dragonfly", NULL, IS_BSD },
    { "bsd", NULL, IS_BSD }, { "playstation", NULL, IS_BSD }
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

static bool is_word_char(uint8_t c)
{
    c = lower(c);
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* True if TEXT has WORD at OFF, case ignored. */
static bool word_at(p0f_bytes_t text, size_t off, const char *word)
{
    size_t n = strlen(word), i;

    if (!p0f_bytes_has(text, off, n))
        return false;
    for (i = 0; i < n; i++) {
        if (lower(text.data[off + i]) != (uint8_t)word[i])
            return false;
    }
    return true;
}

/* True if what begins at OFF is WORD, and not a longer word that only begins
 * so where WORD is a short one. */
static bool named_at(p0f_bytes_t text, size_t off, const char *word)
{
    size_t n = strlen(word);
    uint8_t next;

    if (!word_at(text, off, word))
        return false;
    p0f_bytes_u8(text, off + n, &next);
    next = lower(next);
    return n > SHORT_WORD || next < 'a' || next > 'z';
}

/* Behind the address at OFF, where robots tell of themselves: what it is made
 * of is no claim. OFF itself if there is none. */
static size_t skip_address(p0f_bytes_t text, size_t off)
{
    static const char ends[4] = { ' ', ')', ';', ',' };

    if (!word_at(text, off, "http://") && !word_at(text, off, "https://")
        && !word_at(text, off, "www."))
        return off;
    while (off < text.len && !memchr(ends, text.data[off], sizeof(ends)))
        off++;
    return off;
}

static p0f_claim_t read_agent(p0f_bytes_t text)
{
    size_t best = COUNT(agents), off, i;
    bool inside = false;
    p0f_claim_t claim = { "", P0F_FAMILY_NONE };

    for (off = 0; off < text.len; off++) {
        if (inside) {
            inside = is_word_char(text.data[off]);
            continue;
        }
        off = skip_address(text, off);
        for (i = 0; off < text.len && i < best; i++) {
            if (lower(text.data[off]) == (uint8_t)agents[i].word[0]
                && named_at(text, off, agents[i].word))
                best = i;
        }
        inside = off < text.len && is_word_char(text.data[off]);
    }
    if (best < COUNT(agents)) {
        claim.system = agents[best].system;
        claim.family = agents[best].family;
    }
    return claim;
}

/* The hint is a string of RFC 8941 3.3.3. */
static p0f_claim_t read_platform(p0f_bytes_t text)
{
    p0f_claim_t claim = { "", P0F_FAMILY_NONE };
    size_t i;

    if (text.len < 2 || text.data[0] != '"'
        || text.data[text.len - 1] != '"')
        return claim;
    text = p0f_bytes_first(p0f_bytes_from(text, 1), text.len - 2);
    for (i = 0; i < COUNT(platforms); i++) {
        if (text.len == strlen(platforms[i].word)
            && word_at(text, 0, platforms[i].word)) {
            claim.system = platforms[i].system;
            claim.family = platforms[i].family;
        }
    }
    return claim;
}

p0f_claim_t p0f_claim_read(p0f_bytes_t user_agent, p0f_bytes_t platform)
{
    p0f_claim_t claim = read_platform(platform);

    return claim.family != P0F_FAMILY_NONE
         ? claim : read_agent(p0f_bytes_first(user_agent, MAX_AGENT));
}

p0f_family_t p0f_claim_family(const char *name, const char *class_name)
{
    p0f_bytes_t text = { (const uint8_t *)name, strlen(name) };
    size_t i;

    if (!text.len || strcmp(class_name, "!") == 0)
        return P0F_FAMILY_NONE;
    for (i = 0; i < COUNT(systems); i++) {
        if (word_at(text, 0, systems[i].word))
            return systems[i].family;
    }
    return strcmp(class_name, "win") == 0 ? IS_WINDOWS : IS_OTHER;
}

int p0f_claim_mismatch(p0f_family_t claim, p0f_family_t system)
{
    if (claim == P0F_FAMILY_NONE || system == P0F_FAMILY_NONE)
        return -1;
    return claim != system;
}
