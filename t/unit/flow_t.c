/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections in progress: found from both sides, limited, expired by age of
 * creation.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <apr_general.h>

#include "p0f_engine/flow.h"
#include "packets.h"

/* Two hosts that all flows here are between. */
static p0f_slot_t hosts[2] = { { .index = 0 }, { .index = 1 } };
static p0f_lru_t *lru;

static p0f_flows_t *make_flows(uint32_t limit, bool strict)
{
    p0f_flows_t *flows;

    p0f_lru_destroy(lru);
    assert_int_equal(p0f_lru_create(&lru, 2), P0F_OK);
    assert_int_equal(p0f_flows_create(&flows, limit, lru, strict), P0F_OK);
    return flows;
}

/* With hashes that a few addresses share, as an attacker would like it. */
static p0f_flow_t *find(p0f_flows_t *flows, const p0f_packet_t *p,
                        bool *to_server)
{
    p0f_ends_hash_t hash = { p->src.b[15] / 2, p->dst.b[15] / 2 };

    return p0f_flows_find(flows, p, &hash, to_server);
}

static p0f_flow_t *add(p0f_flows_t *flows, const p0f_packet_t *p,
                       int64_t now_s)
{
    bool to_server;

    find(flows, p, &to_server);
    p0f_flows_make_room(flows);
    return p0f_flows_add(flows, p, hosts, now_s);
}

static p0f_packet_t packet(unsigned int src, unsigned int sport,
                           unsigned int dst, unsigned int dport)
{
    char text[96];
    p0f_packet_t p;

    snprintf(text, sizeof(text), "src=%u sport=%u dst=%u dport=%u M1400", src,
             sport, dst, dport);
    assert_int_equal(p0f_packet_parse(packets_make(text), false, &p),
                     P0F_DROP_NONE);
    return p;
}

static unsigned int known(p0f_flows_t *flows, unsigned int from,
                          unsigned int to)
{
    unsigned int i, n = 0;
    bool to_server;

    for (i = from; i < to; i++) {
        p0f_packet_t p = packet(1, i, 2, 80);

        n += find(flows, &p, &to_server) != NULL;
    }
    return n;
}

static void a_flow_is_found_from_both_sides(void **state)
{
    p0f_packet_t syn = packet(1, 1000, 2, 80), answer = packet(2, 80, 1, 1000);
    p0f_packet_t other = packet(1, 1001, 2, 80);
    p0f_flows_t *flows;
    p0f_flow_t *flow;
    bool to_server;

    (void)state;
    flows = make_flows(10, false);
    assert_null(find(flows, &syn, &to_server));
    flow = add(flows, &syn, 100);
    assert_int_equal(flow->next_seq[P0F_DIR_REQUEST], 6);
    assert_int_equal(flow->syn_mss, 1400);
    assert_ptr_equal(find(flows, &syn, &to_server), flow);
    assert_true(to_server);
    assert_ptr_equal(find(flows, &answer, &to_server), flow);
    assert_false(to_server);
    assert_null(find(flows, &other, &to_server));
    p0f_flows_delete(flows, flow);
    assert_null(find(flows, &syn, &to_server));
    p0f_flows_destroy(flows);
}

static void one_more_than_the_limit_then_the_oldest_go(void **state)
{
    p0f_flows_t *flows;
    unsigned int i;

    (void)state;
    flows = make_flows(100, false);
    for (i = 0; i < 101; i++) {
        p0f_packet_t p = packet(1, 1000 + i, 2, 80);

        add(flows, &p, 100);
    }
    assert_int_equal(known(flows, 1000, 1101), 101);
    {
        p0f_packet_t p = packet(1, 1101, 2, 80);

        add(flows, &p, 100);
    }
    assert_int_equal(known(flows, 1000, 1011), 0);   /* 1 + 101 * 10 % */
    assert_int_equal(known(flows, 1011, 1102), 91);
    p0f_flows_destroy(flows);
}

static void the_smallest_limit_works(void **state)
{
    p0f_flows_t *flows;
    unsigned int i;

    (void)state;
    flows = make_flows(1, false);
    for (i = 0; i < 1000; i++) {
        p0f_packet_t p = packet(1, 1000 + i, 2, 80);

        assert_non_null(add(flows, &p, 100));
    }
    assert_in_range(known(flows, 1000, 2000), 1, 2);
    p0f_flows_destroy(flows);
}

static void flows_expire_by_age_of_creation(void **state)
{
    p0f_packet_t a = packet(1, 1000, 2, 80), b = packet(1, 1001, 2, 80);
    p0f_flows_t *flows;

    (void)state;
    flows = make_flows(10, false);
    add(flows, &a, 100);
    add(flows, &b, 110);
    p0f_flows_expire(flows, 130, 30);
    assert_int_equal(known(flows, 1000, 1002), 2);
    p0f_flows_expire(flows, 131, 30);
    assert_int_equal(known(flows, 1000, 1001), 0);
    assert_int_equal(known(flows, 1001, 1002), 1);
    p0f_flows_destroy(flows);
}

static void time_running_back(void **state)
{
    p0f_packet_t a = packet(1, 1000, 2, 80);
    p0f_flows_t *flows;

    (void)state;
    flows = make_flows(10, false);
    add(flows, &a, 100);
    p0f_flows_expire(flows, 50, 30);
    assert_int_equal(known(flows, 1000, 1001), 1);
    p0f_flows_destroy(flows);
    flows = make_flows(10, true);
    add(flows, &a, 100);
    p0f_flows_expire(flows, 50, 30);
    assert_int_equal(known(flows, 1000, 1001), 0);
    p0f_flows_destroy(flows);
}

static void a_flow_holds_its_hosts(void **state)
{
    p0f_packet_t p = packet(1, 1000, 2, 80);
    p0f_flows_t *flows = make_flows(10, false);
    p0f_flow_t *flow;

    (void)state;
    assert_false(p0f_lru_held(lru, 0));
    flow = add(flows, &p, 100);
    assert_true(p0f_lru_held(lru, 0));
    assert_true(p0f_lru_held(lru, 1));
    p0f_flows_delete(flows, flow);
    assert_false(p0f_lru_held(lru, 0));
    assert_false(p0f_lru_held(lru, 1));
    p0f_flows_destroy(flows);
}

static void data_is_kept_up_to_the_limit(void **state)
{
    static uint8_t many[P0F_HTTP_BUFFER];
    p0f_packet_t p = packet(1, 1000, 2, 80);
    p0f_flows_t *flows = make_flows(10, false);
    p0f_flow_t *flow = add(flows, &p, 100);
    p0f_bytes_t all, data = { (const uint8_t *)"abc", 3 };
    p0f_bytes_t rest = { many, sizeof(many) };

    (void)state;
    all = p0f_flows_append(flows, flow, P0F_DIR_REQUEST, data);
    assert_ptr_equal(all.data, data.data);   /* not copied before it has to */
    p0f_flows_keep(flows, flow, P0F_DIR_REQUEST, all);
    all = p0f_flows_append(flows, flow, P0F_DIR_REQUEST, data);
    assert_int_equal(all.len, 6);
    assert_memory_equal(all.data, "abcabc", 6);
    all = p0f_flows_append(flows, flow, P0F_DIR_REQUEST, rest);
    assert_int_equal(all.len, P0F_HTTP_BUFFER);
    assert_int_equal(flow->sent[P0F_DIR_RESPONSE], 0);
    p0f_flows_destroy(flows);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flow_is_found_from_both_sides),
        cmocka_unit_test(one_more_than_the_limit_then_the_oldest_go),
        cmocka_unit_test(the_smallest_limit_works),
        cmocka_unit_test(flows_expire_by_age_of_creation),
        cmocka_unit_test(time_running_back),
        cmocka_unit_test(a_flow_holds_its_hosts),
        cmocka_unit_test(data_is_kept_up_to_the_limit),
    };

    apr_initialize();
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("flow", tests, NULL, NULL);
}
