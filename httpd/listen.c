/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listen.c - the addresses and ports of the Listen directives.
 */
#include "listen.h"

#include "ap_listen.h"
#include "apr_strings.h"

#include "../p0f_engine/addr.h"

/* False for what isn't an Internet address. */
static bool target_of(const apr_sockaddr_t *sa, p0f_syntarget_t *out)
{
    out->port = sa->port;
    if (sa->family == APR_INET) {
        out->addr = p0f_addr_from_v4((const uint8_t *)
                                     &sa->sa.sin.sin_addr);
        return true;
    }
#if APR_HAVE_IPV6
    if (sa->family == APR_INET6) {
        out->addr = p0f_addr_from_v6((const uint8_t *)
                                     &sa->sa.sin6.sin6_addr);
        return true;
    }
#endif
    return false;
}

apr_array_header_t *p0f_listen_targets(apr_pool_t *pool,
                                       const apr_array_header_t *ports)
{
    apr_array_header_t *targets =
        apr_array_make(pool, 8, sizeof(p0f_syntarget_t));
    p0f_syntarget_t target;

    for (const ap_listen_rec *lr = ap_listeners; lr; lr = lr->next) {
        if (target_of(lr->bind_addr, &target))
            APR_ARRAY_PUSH(targets, p0f_syntarget_t) = target;
    }
    /* Any address: others listen there, on addresses of their own choice. */
    for (int i = 0; i < ports->nelts; i++) {
        target = (p0f_syntarget_t){
            .port = (uint16_t)APR_ARRAY_IDX(ports, i, int)
        };
        APR_ARRAY_PUSH(targets, p0f_syntarget_t) = target;
    }
    targets->nelts = (int)p0f_syntargets_sort(
        (p0f_syntarget_t *)targets->elts, (size_t)targets->nelts);
    return targets;
}

const char *p0f_listen_text(apr_pool_t *pool,
                            const apr_array_header_t *targets)
{
    const p0f_syntarget_t *t = (const p0f_syntarget_t *)targets->elts;
    apr_array_header_t *words = apr_array_make(pool, 8, sizeof(char *));

    for (int i = 0; i < targets->nelts; i++) {
        char addr[P0F_ADDR_TEXT];

        p0f_addr_format(&t[i].addr, addr);
        APR_ARRAY_PUSH(words, const char *) =
            apr_psprintf(pool, "%s/%u", addr, (unsigned int)t[i].port);
    }
    return apr_array_pstrcat(pool, words, ' ');
}
