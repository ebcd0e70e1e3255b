/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: any bytes as the option area of a TCP header.
 *
 * The first byte chooses SYN or not and strict or not. The area is a block of
 * its exact size, so that a read past it is seen.
 */
#include <stdlib.h>
#include <string.h>

#include "p0f_engine/tcpopt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same_twice(p0f_bytes_t area, bool syn, bool strict,
                       const p0f_tcpopt_t *first)
{
    p0f_tcpopt_t second;

    memset(&second, 0xff, sizeof(second));
    p0f_tcpopt_walk(area, syn, strict, &second);
    if (second.quirks != first->quirks || second.count != first->count
        || second.mss != first->mss || second.wscale != first->wscale
        || second.ts1 != first->ts1 || second.ts2 != first->ts2
        || second.eol_pad != first->eol_pad
        || memcmp(second.layout, first->layout, sizeof(second.layout)))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    p0f_tcpopt_t out;
    p0f_bytes_t area;
    uint8_t *exact;
    bool syn, strict;

    if (!size)
        return 0;
    syn = data[0] & 1;
    strict = data[0] & 2;
    exact = malloc(size > 1 ? size - 1 : 1);
    if (!exact)
        return 0;
    memcpy(exact, data + 1, size - 1);
    area = (p0f_bytes_t){ exact, size - 1 };
    memset(&out, 0, sizeof(out));
    p0f_tcpopt_walk(area, syn, strict, &out);
    /* What isn't an option stays 0. */
    if (out.count > P0F_OPT_MAX || out.eol_pad > size)
        abort();
    for (size_t i = out.count; i < P0F_OPT_MAX; i++) {
        if (out.layout[i])
            abort();
    }
    same_twice(area, syn, strict, &out);
    free(exact);
    return 0;
}
