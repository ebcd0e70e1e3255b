/* SPDX-License-Identifier: Apache-2.0 */
/*
 * synfilter.c - assembles the packet filter of the module's capture.
 *
 *        link type: where is the EtherType?
 *              |
 *        plain IP and TCP, but no SYN? -> drop
 *              |
 *        tag? skip it -> X (at most three)
 *          /        \
 *        IPv4       IPv6 -> extension headers (at most eight)
 *          |          |
 *        SYN?       SYN?
 *          |          |
 *        ports, addresses     (one part for both where no address counts)
 *          \         /
 *           accept: last instruction          else drop
 *
 * Addresses with the same ports make a group, neighbouring ports one span:
 * a group costs its spans and its addresses, not one times the other. What
 * doesn't fit becomes wider, step by step, and who reads the frames has to
 * look again (p0f_synfilter_exact): first all addresses count as any, then
 * spans are joined over the gaps between them.
 *
 * X holds the offset of what is read next, relative to where the IP header
 * lies in an untagged frame. Memory words 0 to 3 hold the destination
 * address, 4 the kind of the next IPv6 header, 5 the destination port.
 * Conditional jumps reach 255 instructions, so each only skips the next
 * instruction, or what is left of a piece of spans and addresses that is
 * short enough; far targets are unconditional jumps to labels, resolved at
 * the end.
 */
#include "synfilter.h"

#include <string.h>

#include "link.h"

/* Instructions of the classic filter machine: class, size, mode. */
enum {
    OP_LD_WORD_IND = 0x40, OP_LD_HALF_IND = 0x48, OP_LD_BYTE_IND = 0x50,
    OP_LD_HALF_ABS = 0x28, OP_LD_BYTE_ABS = 0x30, OP_LD_MEM = 0x60, OP_ST = 0x02,
    OP_LDX_IMM = 0x01, OP_ADD = 0x04, OP_ADD_X = 0x0c, OP_AND = 0x54,
    OP_LSH = 0x64, OP_TAX = 0x07, OP_TXA = 0x87, OP_JA = 0x05,
    OP_JEQ = 0x15, OP_JGT = 0x25, OP_JGE = 0x35, OP_JSET = 0x45, OP_RET = 0x06
};

enum { MEM_ADDR = 0, MEM_NEXT = 4, MEM_PORT = 5 };
enum { MAX_TAGS = 3, MAX_EXTENSIONS = 8 };

/* Instructions that tell the targets apart, at most. Linux before 6.8 gives a
 * socket 20480 bytes for its filter unless told otherwise (optmem_max), and
 * takes 8 for an instruction of its own, of which some of these become
 * several. Were it too long, libpcap would filter itself, all frames. */
#define TARGETS_ROOM 1000

/* Spans and IPv6 addresses tested by one piece: a jump over all of it reaches
 * 255. */
enum { PIECE = 32, PIECE_V6 = 16 };

/* Places to jump to; from LABEL_LOCAL on they are handed out. */
enum {
    LABEL_NONE, LABEL_IPV4, LABEL_IPV6, LABEL_TCP6, LABEL_ACCEPT,
    LABEL_DROP, LABEL_LOCAL,
    LABEL_COUNT = LABEL_LOCAL + 4 + 3 * MAX_EXTENSIONS
};
typedef uint8_t label_t;

typedef struct {
    p0f_synfilter_ins_t *ins;
    size_t n;
    size_t room;                 /* of ins; beyond it only n goes on */
    uint32_t base;               /* bytes before IP in an untagged frame */
    size_t at[LABEL_COUNT];      /* where labels stand */
    label_t next;                /* free label */
    bool cooked;                 /* Linux cooked capture */
} asm_t;

static void emit_jump(asm_t *a, uint16_t code, uint32_t k, uint8_t jt,
                      uint8_t jf)
{
    if (a->n < a->room)
        a->ins[a->n] = (p0f_synfilter_ins_t){ .code = code, .jt = jt,
                                              .jf = jf, .k = k };
    a->n++;
}

static void emit(asm_t *a, uint16_t code, uint32_t k)
{
    emit_jump(a, code, k, 0, 0);
}

/* An unconditional jump; jt holds the label until resolve(). */
static void go(asm_t *a, label_t label)
{
    emit_jump(a, OP_JA, 0, label, 0);
}

static void go_if(asm_t *a, uint16_t test, uint32_t k, label_t label)
{
    emit_jump(a, test, k, 0, 1);
    go(a, label);
}

static void go_unless(asm_t *a, uint16_t test, uint32_t k, label_t label)
{
    emit_jump(a, test, k, 1, 0);
    go(a, label);
}

static void place(asm_t *a, label_t label)
{
    a->at[label] = a->n;
}

/* A = what stands at OFF of the header that X points to. */
static void load(asm_t *a, uint16_t code, uint32_t off)
{
    emit(a, code, a->base + off);
}

static void resolve(asm_t *a)
{
    for (size_t i = 0; i < a->n; i++) {
        p0f_synfilter_ins_t *ins = &a->ins[i];

        if (ins->code == OP_JA && ins->jt != LABEL_NONE) {
            ins->k = (uint32_t)(a->at[ins->jt] - i - 1);
            ins->jt = LABEL_NONE;
        }
    }
}

/* Drops most of what isn't a SYN at once: frames of the version whose first
 * byte is FIRST under MASK, with nothing between EtherType at TYPE_OFF, IP
 * header of SIZE bytes and TCP, whose number is at NEXT. All others go on to
 * the general part. It adds nothing to that but speed: the kernel compiles
 * loads from a fixed place into the filter, and calls a function for each
 * other one, and this is run for each frame that arrives. */
static void drop_others(asm_t *a, uint32_t type_off, uint32_t ethertype,
                        uint32_t mask, uint32_t first, uint32_t next,
                        uint32_t size)
{
    const label_t general = a->next++;

    emit(a, OP_LD_HALF_ABS, type_off);
    go_unless(a, OP_JEQ, ethertype, general);
    load(a, OP_LD_BYTE_ABS, 0);
    emit(a, OP_AND, mask);
    go_unless(a, OP_JEQ, first, general);
    load(a, OP_LD_BYTE_ABS, next);
    go_unless(a, OP_JEQ, 6, general);
    load(a, OP_LD_BYTE_ABS, size + 13);
    emit(a, OP_AND, P0F_TCP_SYN | P0F_TCP_ACK);
    go_unless(a, OP_JEQ, P0F_TCP_SYN, LABEL_DROP);
    place(a, general);
}

/* Branches by the EtherType at TYPE_OFF, passing tags (IEEE 802.1Q, 802.1ad
 * and the older 0x9100). The kernel strips the outer tag of what it
 * captures. */
static void by_ethertype(asm_t *a, uint32_t type_off)
{
    drop_others(a, type_off, 0x0800, 0xff, 0x45, 9, 20);
    drop_others(a, type_off, 0x86dd, 0xf0, 0x60, 6, 40);
    emit(a, OP_LDX_IMM, 0);
    emit(a, OP_LD_HALF_ABS, type_off);
    for (uint32_t tag = 0; ; tag++) {
        go_if(a, OP_JEQ, 0x0800, LABEL_IPV4);
        go_if(a, OP_JEQ, 0x86dd, LABEL_IPV6);
        if (tag == MAX_TAGS)
            break;
        emit_jump(a, OP_JEQ, 0x8100, 3, 0);
        emit_jump(a, OP_JEQ, 0x88a8, 2, 0);
        emit_jump(a, OP_JEQ, 0x9100, 1, 0);
        go(a, LABEL_DROP);
        load(a, OP_LD_HALF_IND, 2);
        emit(a, OP_LDX_IMM, (tag + 1) * 4);
    }
    go(a, LABEL_DROP);
}

/* Branches by the IP version, where the link type has no EtherType. */
static void by_version(asm_t *a)
{
    emit(a, OP_LDX_IMM, 0);
    load(a, OP_LD_BYTE_IND, 0);
    emit(a, OP_AND, 0xf0);
    go_if(a, OP_JEQ, 0x40, LABEL_IPV4);
    go_if(a, OP_JEQ, 0x60, LABEL_IPV6);
    go(a, LABEL_DROP);
}

static bool start(asm_t *a, int dlt)
{
    switch (dlt) {
    case P0F_DLT_EN10MB:
        a->base = 14;
        by_ethertype(a, 12);
        return true;
    case P0F_DLT_LINUX_SLL:
        a->base = 16;
        a->cooked = true;
        by_ethertype(a, 14);
        return true;
    case P0F_DLT_LINUX_SLL2:
        a->base = 20;
        a->cooked = true;
        by_ethertype(a, 0);
        return true;
    case P0F_DLT_NULL:
    case P0F_DLT_LOOP:
        a->base = 4;
        by_version(a);
        return true;
    case P0F_DLT_RAW:
    case P0F_DLT_RAW_OPENBSD:
    case P0F_DLT_LINKTYPE_RAW:
    case P0F_DLT_IPV4:
    case P0F_DLT_IPV6:
        a->base = 0;
        by_version(a);
        return true;
    default:
        return false;
    }
}

/* X is at the TCP header: leaves only SYNs, keeps the port. */
static void tcp_syn(asm_t *a)
{
    load(a, OP_LD_BYTE_IND, 13);
    emit(a, OP_AND, P0F_TCP_SYN | P0F_TCP_ACK);
    go_unless(a, OP_JEQ, P0F_TCP_SYN, LABEL_DROP);
    load(a, OP_LD_HALF_IND, 2);
    emit(a, OP_ST, MEM_PORT);
}

/* ---- tests ------------------------------------------------------------ */

static size_t size_of(const p0f_synspan_t *spans, size_t count)
{
    size_t size = 0;

    for (size_t i = 0; i < count; i++)
        size += spans[i].first == spans[i].last ? 1 : 2;
    return size;
}

/* A holds a port or an IPv4 address: goes on behind the test if it is in one
 * of COUNT SPANS, else MISS instructions further. */
static void any_of(asm_t *a, const p0f_synspan_t *spans, size_t count, size_t miss)
{
    size_t left = size_of(spans, count);    /* instructions to its end */

    for (size_t i = 0; i < count; i++) {
        const uint32_t first = spans[i].first, last = spans[i].last;
        const size_t next = i + 1 < count ? 0 : miss;

        left--;
        if (first == last) {
            emit_jump(a, OP_JEQ, first, (uint8_t)left, (uint8_t)next);
            continue;
        }
        left--;
        emit_jump(a, OP_JGE, first, 0, (uint8_t)(next + 1));
        emit_jump(a, OP_JGT, last, (uint8_t)next, (uint8_t)left);
    }
}

/* The same where these may be but a piece of all: mostly two tests tell then
 * that it is none of them. */
static void piece_of(asm_t *a, const p0f_synspan_t *spans, size_t count,
                     bool whole, size_t miss)
{
    const p0f_synspan_t around = { spans[0].first, spans[count - 1].last };

    if (!whole)
        any_of(a, &around, 1, size_of(spans, count) + miss);
    any_of(a, spans, count, miss);
}

static uint32_t word(const p0f_addr_t *addr, size_t n)
{
    const uint8_t *b = addr->b + n * 4;

    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16
         | (uint32_t)b[2] << 8 | b[3];
}

/* Addresses of one group, as many as a piece takes. */
typedef struct {
    const p0f_synhost_t *hosts;
    size_t count;
    p0f_synspan_t spans[PIECE];  /* of IPv4 */
    size_t span_count;
    bool whole;                  /* they are all of the group */
} addresses_t;

/* Adds an IPv4 address above those that are there. False if it's full. */
static bool take_v4(addresses_t *out, uint32_t ip)
{
    p0f_synspan_t *next = &out->spans[out->span_count];

    if (out->span_count && next[-1].last + 1 == ip) {
        next[-1].last = ip;
        return true;
    }
    if (out->span_count == PIECE)
        return false;
    *next = (p0f_synspan_t){ ip, ip };
    out->span_count++;
    return true;
}

/* The first piece of COUNT HOSTS of a group. */
static void take_addresses(addresses_t *out, const p0f_synhost_t *hosts,
                           size_t count)
{
    const p0f_synkind_t kind = hosts->kind;
    size_t n = 0;

    out->hosts = hosts;
    out->span_count = 0;
    while (n < count && (kind != P0F_SYN_V6 || n < PIECE_V6)
           && (kind != P0F_SYN_V4 || take_v4(out, word(hosts[n].addr, 3))))
        n++;
    out->count = n;
}

/* Accepts a packet to one of the addresses; others go on behind that. */
static void accept_addresses(asm_t *a, const addresses_t *of)
{
    const p0f_synhost_t *h = of->hosts;

    if (h->kind == P0F_SYN_V4) {
        emit(a, OP_LD_MEM, MEM_ADDR);
        piece_of(a, of->spans, of->span_count, of->whole, 1);
    }
    for (size_t i = 0; h->kind == P0F_SYN_V6 && i < of->count; i++) {
        const size_t left = of->count - 1 - i, miss = left ? 0 : 1;

        for (uint32_t n = 0; n < 4; n++) {
            emit(a, OP_LD_MEM, MEM_ADDR + n);
            emit_jump(a, OP_JEQ, word(h[i].addr, n),
                      (uint8_t)(n < 3 ? 0 : left * 8),
                      (uint8_t)((3 - n) * 2 + miss));
        }
    }
    go(a, LABEL_ACCEPT);
}

/* Accepts what goes to COUNT HOSTS, which are all of a group. Where a port is
 * found and its address isn't, A holds that for the next spans: whatever they
 * say, the same addresses are compared again, in vain. */
static void accept_group(asm_t *a, const p0f_synhost_t *hosts, size_t count)
{
    addresses_t piece;

    for (size_t done = 0; done < count; done += piece.count) {
        asm_t measured = { .n = 0 };

        take_addresses(&piece, hosts + done, count - done);
        piece.whole = piece.count == count;
        accept_addresses(&measured, &piece);
        emit(a, OP_LD_MEM, MEM_PORT);
        for (size_t at = 0, n; at < hosts->count; at += n) {
            n = hosts->count - at < PIECE ? hosts->count - at : PIECE;
            piece_of(a, hosts->ports + at, n, n == hosts->count, measured.n);
            accept_addresses(a, &piece);
        }
    }
}

static void all_targets(asm_t *a, const p0f_synplan_t *plan, bool v4)
{
    const p0f_synhost_t *h = plan->hosts;

    for (size_t i = 0, same; i < plan->count; i += same) {
        for (same = 1; i + same < plan->count; same++) {
            if (p0f_synplan_compare(&h[i], &h[i + same]))
                break;
        }
        if (h[i].kind == P0F_SYN_ANY || (h[i].kind == P0F_SYN_V6) != v4)
            accept_group(a, &h[i], same);
    }
    go(a, LABEL_DROP);
}

/* True if what is tested of IPv4 and of IPv6 is the same. */
static bool one_for_both(const p0f_synplan_t *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->hosts[i].kind != P0F_SYN_ANY)
            return false;
    }
    return true;
}

static bool too_long(const p0f_synplan_t *plan)
{
    asm_t measured = { .n = 0 };

    all_targets(&measured, plan, true);
    if (!one_for_both(plan))
        all_targets(&measured, plan, false);
    return measured.n > TARGETS_ROOM;
}

/* False if there is no memory. */
static bool make_plan(p0f_synplan_t *plan, const p0f_syntarget_t *targets,
                      size_t count, bool *exact)
{
    if (!p0f_synplan_open(plan, targets, count))
        return false;
    *exact = !too_long(plan);
    if (!*exact)
        p0f_synplan_forget_addresses(plan, targets, count);
    for (uint32_t gap = 2; too_long(plan); gap *= 2)
        p0f_synplan_join(plan, gap);
    return true;
}

/* ---- programs --------------------------------------------------------- */

/* Outside the kernel, where libpcap runs the filter on the first frames, a
 * cooked frame that had two tags has the type of IP, and still the second
 * tag before it, since Linux 6.10 (link.c). VERSION: IP's first nibble. */
static void leftover_tag(asm_t *a, uint32_t version, uint32_t ethertype)
{
    const label_t none = a->next++;

    if (!a->cooked)
        return;
    load(a, OP_LD_BYTE_IND, 0);
    emit(a, OP_AND, 0xf0);
    go_if(a, OP_JEQ, version << 4, none);
    load(a, OP_LD_HALF_IND, 2);
    go_unless(a, OP_JEQ, ethertype, LABEL_DROP);
    emit(a, OP_TXA, 0);
    emit(a, OP_ADD, 4);
    emit(a, OP_TAX, 0);
    place(a, none);
}

/* MEM_NEXT = the kind of header after the one that X points to. */
static void keep_next(asm_t *a)
{
    load(a, OP_LD_BYTE_IND, 0);
    emit(a, OP_ST, MEM_NEXT);
}

/* X += (the header's length byte + ADD) << SHIFT */
static void skip_header(asm_t *a, uint32_t add, uint32_t shift)
{
    load(a, OP_LD_BYTE_IND, 1);
    emit(a, OP_ADD, add);
    emit(a, OP_LSH, shift);
    emit(a, OP_ADD_X, 0);
    emit(a, OP_TAX, 0);
}

/* One step of the chain of extension headers (RFC 8200 4, RFC 4302): X is
 * at the header whose kind is in MEM_NEXT. */
static void extension(asm_t *a)
{
    static const uint8_t usual[] = { 0, 43, 60, 135, 139, 140 };
    const label_t eights = a->next++, ah = a->next++, end = a->next++;

    emit(a, OP_LD_MEM, MEM_NEXT);
    go_if(a, OP_JEQ, 6, LABEL_TCP6);
    for (size_t i = 0; i < sizeof(usual); i++)
        go_if(a, OP_JEQ, usual[i], eights);
    go_if(a, OP_JEQ, 51, ah);
    go_unless(a, OP_JEQ, 44, LABEL_DROP);
    load(a, OP_LD_HALF_IND, 2);         /* a whole packet (RFC 6946)? */
    go_if(a, OP_JSET, 0xfff9, LABEL_DROP);
    keep_next(a);
    emit(a, OP_TXA, 0);
    emit(a, OP_ADD, 8);
    emit(a, OP_TAX, 0);
    go(a, end);
    place(a, ah);
    keep_next(a);
    skip_header(a, 2, 2);
    go(a, end);
    place(a, eights);
    keep_next(a);
    skip_header(a, 1, 3);
    place(a, end);
}

static void ipv6(asm_t *a, const p0f_synplan_t *plan)
{
    place(a, LABEL_IPV6);
    leftover_tag(a, 6, 0x86dd);
    for (uint32_t i = 0; i < 4; i++) {
        load(a, OP_LD_WORD_IND, 24 + i * 4);
        emit(a, OP_ST, MEM_ADDR + i);
    }
    load(a, OP_LD_BYTE_IND, 6);
    emit(a, OP_ST, MEM_NEXT);
    emit(a, OP_TXA, 0);
    emit(a, OP_ADD, 40);
    emit(a, OP_TAX, 0);
    for (int i = 0; i < MAX_EXTENSIONS; i++)
        extension(a);
    emit(a, OP_LD_MEM, MEM_NEXT);
    go_unless(a, OP_JEQ, 6, LABEL_DROP);
    if (one_for_both(plan)) {    /* it is in ipv4() */
        go(a, LABEL_TCP6);
        return;
    }
    place(a, LABEL_TCP6);
    tcp_syn(a);
    all_targets(a, plan, false);
}

static void ipv4(asm_t *a, const p0f_synplan_t *plan)
{
    place(a, LABEL_IPV4);
    leftover_tag(a, 4, 0x0800);
    load(a, OP_LD_BYTE_IND, 9);
    go_unless(a, OP_JEQ, 6, LABEL_DROP);
    load(a, OP_LD_HALF_IND, 6);
    go_if(a, OP_JSET, 0x3fff, LABEL_DROP);
    load(a, OP_LD_WORD_IND, 16);
    emit(a, OP_ST, MEM_ADDR);
    load(a, OP_LD_BYTE_IND, 0);
    emit(a, OP_AND, 0x0f);
    emit(a, OP_LSH, 2);
    emit(a, OP_ADD_X, 0);
    emit(a, OP_TAX, 0);
    if (one_for_both(plan))
        place(a, LABEL_TCP6);
    tcp_syn(a);
    all_targets(a, plan, true);
}

p0f_status_t p0f_synfilter_build(p0f_synfilter_ins_t out[P0F_SYNFILTER_ROOM],
                                 size_t *len, int dlt, uint32_t snaplen,
                                 const p0f_syntarget_t *targets,
                                 size_t count, p0f_error_t *err)
{
    asm_t a = { .ins = out, .room = P0F_SYNFILTER_ROOM, .next = LABEL_LOCAL };
    p0f_status_t status = P0F_OK;
    p0f_synplan_t plan;
    bool exact;

    *len = 0;
    if (!make_plan(&plan, targets, count, &exact)) {
        status = p0f_status_fail(err, P0F_ENOMEM, "no memory for a filter");
    } else if (!start(&a, dlt)) {
        status = p0f_status_fail(err, P0F_EFILTER,
                                 "link type %d is not supported", dlt);
    } else {
        ipv6(&a, &plan);
        ipv4(&a, &plan);
        place(&a, LABEL_DROP);
        emit(&a, OP_RET, 0);
        place(&a, LABEL_ACCEPT);
        emit(&a, OP_RET, snaplen);
        resolve(&a);
        *len = a.n;
    }
    p0f_synplan_close(&plan);
    return status;
}

bool p0f_synfilter_exact(const p0f_syntarget_t *targets, size_t count)
{
    p0f_synplan_t plan;
    bool exact = false;

    make_plan(&plan, targets, count, &exact);
    p0f_synplan_close(&plan);
    return exact;
}
