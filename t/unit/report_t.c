/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log lines as p0f 3 writes them: date, ends, fields, unknown values.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fp_files.h"
#include "packets.h"
#include "p0f_engine/report.h"

static const uint8_t client_bytes[4] = { 172, 16, 225, 48 };
static const uint8_t server_bytes[4] = { 204, 79, 197, 220 };

static void line(p0f_observation_t *obs, int32_t offset, char *out)
{
    p0f_addr_t client = p0f_addr_from_v4(client_bytes);
    p0f_addr_t server = p0f_addr_from_v4(server_bytes);
    size_t n;

    obs->client = &client;
    obs->server = &server;
    obs->client_port = 57375;
    obs->server_port = 443;
    n = p0f_report_v3(obs, offset, out);
    assert_int_equal(n, strlen(out));
}

static void unknown_syn(void **state)
{
    char out[P0F_REPORT_LINE];
    uint8_t buffer[PACKET_MAX];
    p0f_packet_t packet;
    p0f_sig_t sig;
    p0f_match_t match = { .label = P0F_NO_LABEL, .dist = 3 };
    p0f_observation_t obs = {
        .kind = P0F_OBS_SYN, .wall_us = 1688672868999999, .sig = &sig,
        .match = &match
    };
    size_t n = packets_build("ttl=125 win=64240 M1460 N W8 N N K", buffer);

    (void)state;
    p0f_packet_parse(packets_guard(buffer, n), false, &packet);
    p0f_sig_take(&packet, 0, &sig);
    line(&obs, 0, out);
    assert_string_equal(out,
        "[2023/07/06 19:47:48] mod=syn|cli=172.16.225.48/57375|"
        "srv=204.79.197.220/443|subj=cli|os=???|dist=3|params=none|"
        "raw_sig=4:125+3:0:1460:mss*44,8:mss,nop,ws,nop,nop,sok:df,id+:0\n");
}

static void unknown_link(void **state)
{
    char out[P0F_REPORT_LINE];
    p0f_observation_t obs = {
        .kind = P0F_OBS_MTU, .mtu = 1501, .link = P0F_NO_LABEL,
        .wall_us = 0, .about_server = true
    };

    (void)state;
    line(&obs, 3600, out);
    assert_string_equal(out,
        "[1970/01/01 01:00:00] mod=mtu|cli=172.16.225.48/57375|"
        "srv=204.79.197.220/443|subj=srv|link=???|raw_mtu=1501\n");
}

static void uptime(void **state)
{
    char out[P0F_REPORT_LINE];
    p0f_uptime_t up = {
        .raw_hz = 99.996, .hz = 100, .minutes = 1440 * 11 + 13 * 60 + 46,
        .mod_days = 497
    };
    p0f_observation_t obs = { .kind = P0F_OBS_UPTIME, .uptime = &up };

    (void)state;
    line(&obs, 0, out);
    assert_non_null(strstr(out, "|uptime=11 days 13 hrs 46 min "
                                "(modulo 497 days)|raw_freq=100.00 Hz\n"));
}

/* What each style makes of OBS about an IPv6 server. */
static void styles(p0f_observation_t *obs, char *screen, char *json)
{
    static const uint8_t v6[16] = { 0x20, 1, 0xd, 0xb8, [15] = 1 };
    p0f_addr_t client = p0f_addr_from_v4(client_bytes);
    p0f_addr_t server = p0f_addr_from_v6(v6);
    size_t n;

    obs->client = &client;
    obs->server = &server;
    obs->client_port = 57375;
    obs->server_port = 443;
    obs->wall_us = -1;
    n = p0f_report_screen(obs, screen);
    assert_int_equal(n, strlen(screen));
    n = p0f_report_json(obs, json);
    assert_int_equal(n, strlen(json));
}

static void events_in_all_styles(void **state)
{
    char screen[P0F_REPORT_LINE], json[P0F_REPORT_JSON];
    p0f_natevent_t event = {
        .reasons = P0F_NAT_OS_DIFF | P0F_NAT_MTU, .hits = { 0, 1, 22, 3 }
    };
    p0f_observation_t obs = { .kind = P0F_OBS_CHANGE, .event = &event,
                              .about_server = true };

    (void)state;
    styles(&obs, screen, json);
    assert_string_equal(screen,
        ".-[ 172.16.225.48/57375 -> 2001:db8:0:0:0:0:0:1/443 (host change) ]-\n"
        "|\n"
        "| server   = 2001:db8:0:0:0:0:0:1/443\n"
        "| reason   = os_diff mtu\n"
        "| raw_hits = 0,1,22,3\n"
        "|\n`----\n\n");
    assert_string_equal(json,
        "{\"time\":\"1969-12-31T23:59:59.999999Z\",\"mod\":\"host change\","
        "\"cli\":\"172.16.225.48\",\"cli_port\":57375,"
        "\"srv\":\"2001:db8:0:0:0:0:0:1\",\"srv_port\":443,\"subj\":\"srv\","
        "\"reason\":[\"os_diff\",\"mtu\"],\"raw_hits\":[0,1,22,3]}\n");
}

static void uptimes_in_all_styles(void **state)
{
    char screen[P0F_REPORT_LINE], json[P0F_REPORT_JSON];
    p0f_uptime_t up = { .raw_hz = 99.996, .minutes = 1500, .mod_days = 497 };
    p0f_observation_t obs = { .kind = P0F_OBS_UPTIME, .uptime = &up };

    (void)state;
    styles(&obs, screen, json);
    assert_non_null(strstr(screen,
        "\n| client   = 172.16.225.48/57375\n"
        "| uptime   = 1 days 1 hrs 0 min (modulo 497 days)\n"
        "| raw_freq = 100.00 Hz\n|\n"));
    assert_non_null(strstr(json, "\"subj\":\"cli\",\"uptime_min\":1500,"
                                 "\"up_mod_days\":497,\"raw_freq\":100.00}"));
}

/* The longest HTTP message there is: it must fit whole. */
static void longest_json(void **state)
{
    static char json[P0F_REPORT_JSON];
    static uint8_t buffer[P0F_HTTP_BUFFER];
    p0f_http_t head = { .count = P0F_HTTP_MAX, .sw = 0, .lang = -1,
                        .date = -1 };
    p0f_httpmatch_t match = { .sig = P0F_NO_SIG, .label = P0F_NO_LABEL };
    p0f_seenhttp_t seen = { .dir = P0F_DIR_REQUEST, .head = &head,
                            .buffer = { buffer, sizeof(buffer) },
                            .match = &match };
    fp_result_t file = fp_files_text("classes = unix\n", false);
    p0f_observation_t obs = { .kind = P0F_OBS_HTTP_REQUEST, .http = &seen,
                              .db = file.db };
    char screen[P0F_REPORT_LINE];

    (void)state;
    memset(buffer, '"', sizeof(buffer));
    for (int i = 0; i < P0F_HTTP_MAX; i++)
        head.fields[i] = (p0f_httpfield_t){
            .header = P0F_NO_HEADER, .name_len = 32, .value = 32,
            .value_len = 250, .shown = P0F_HTTP_SHOWN
        };
    styles(&obs, screen, json);
    assert_non_null(strstr(json, ",\"app\":null,\"lang\":null,\"params\":[],"
                                 "\"raw_sig\":\"0:\\\"\\\""));
    assert_string_equal(json + strlen(json) - 3, "\"}\n");
    assert_true(strlen(json) > 2 * 32 * 232);
    assert_non_null(strstr(screen, "\n|\n`----\n\n"));
}

static void dates_are_those_of_the_c_library(void **state)
{
    static const int64_t days[] = {
        -1, 0, 58, 59, 11016, 11017, 11322, 19782, 19783, 47540, 47541
    };
    char out[P0F_REPORT_LINE], want[32];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
        p0f_observation_t obs = { .kind = P0F_OBS_MTU, .mtu = 1500,
                                  .link = P0F_NO_LABEL };
        time_t t = (time_t)(days[i] * 86400 + 86399);
        struct tm tm;

        obs.wall_us = (int64_t)t * 1000000;
        line(&obs, 0, out);
        gmtime_r(&t, &tm);
        strftime(want, sizeof(want), "[%Y/%m/%d %H:%M:%S]", &tm);
        assert_memory_equal(out, want, strlen(want));
    }
}

/* Many connections in turn, seconds that come back, ends that come again,
 * kinds that share a place. */
static void packed_lines_are_the_same(void **state)
{
    p0f_report_packer_t *packer = calloc(1, sizeof(*packer));
    p0f_report_unpacker_t *unpacker = calloc(1, sizeof(*unpacker));
    uint64_t packed[P0F_REPORT_PACKED / 8];
    char with[P0F_REPORT_LINE], without[P0F_REPORT_LINE];
    size_t n, size, known = 0;

    (void)state;
    assert_true(packer && unpacker);
    for (unsigned int i = 0; i < 50000; i++) {
        uint8_t v6[16] = { 0x20, 1, [14] = (uint8_t)(i / 7), (uint8_t)i };
        const uint8_t v4[4] = { 10, 0, (uint8_t)(i / 3 % 5), (uint8_t)i };
        p0f_addr_t client = i % 5 ? p0f_addr_from_v4(v4)
                                  : p0f_addr_from_v6(v6);
        p0f_addr_t server = p0f_addr_from_v4(server_bytes);
        uint64_t stamp = i % 7 ? i % 3 + (i / 10000 << 10) : 0;
        p0f_observation_t obs = {
            .kind = P0F_OBS_MTU, .mtu = 1500 + (uint32_t)stamp,
            .link = P0F_NO_LABEL, .stamp = stamp,
            .wall_us = 1688672868000000 + (int64_t)(i % 3) * 700000,
            .client = &client, .server = &server,
            .client_port = (uint16_t)(i / 2 * 61), .server_port = 443,
            .about_server = i & 1
        };

        n = p0f_report_pack(packer, &obs, 3600, (char *)packed);
        known += n < 64;
        assert_int_equal(p0f_report_unpack(unpacker, (char *)packed, &size,
                                           with),
                         p0f_report_v3(&obs, 3600, without));
        assert_int_equal(size, n);
        assert_memory_equal(with, without, strlen(without));
    }
    assert_true(known > 20000);
    free(packer);
    free(unpacker);
}

static void check_hertz(double hz)
{
    char out[P0F_REPORT_LINE], want[64];
    p0f_uptime_t uptime = { .raw_hz = hz, .hz = 1 };
    p0f_observation_t obs = { .kind = P0F_OBS_UPTIME, .uptime = &uptime };

    line(&obs, 0, out);
    snprintf(want, sizeof(want), "|raw_freq=%.2f Hz\n", hz);
    assert_string_equal(strstr(out, "|raw_freq="), want);
}

static void frequencies_are_rounded_as_by_printf(void **state)
{
    static const double odd[] = {
        0.0, 0.005, 0.015, 0.125, 0.375, 0.625, 0.995, 0.7, 1.005, 1.115,
        99.995, 999.995, 1000.125, 1499.995, 1500.0, 1e-9, 0.00390625
    };

    (void)state;
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
        check_hertz(odd[i]);
    for (uint32_t ms = 25; ms < 600000; ms += 977) {
        for (uint32_t ticks = ms / 1000 + 5; ticks < ms * 3 / 2;
             ticks += ms / 9 + 1)
            check_hertz(1000.0 * ticks / ms);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_syn),
        cmocka_unit_test(unknown_link),
        cmocka_unit_test(uptime),
        cmocka_unit_test(events_in_all_styles),
        cmocka_unit_test(uptimes_in_all_styles),
        cmocka_unit_test(longest_json),
        cmocka_unit_test(dates_are_those_of_the_c_library),
        cmocka_unit_test(packed_lines_are_the_same),
        cmocka_unit_test(frequencies_are_rounded_as_by_printf),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    apr_initialize();
    return cmocka_run_group_tests_name("report", tests, fp_files_make_pool,
                                       fp_files_drop_pool);
}
