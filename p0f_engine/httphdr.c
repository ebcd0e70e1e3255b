/* SPDX-License-Identifier: Apache-2.0 */
/*
 * httphdr.c - HTTP header names with a meaning of their own.
 */
#include "httphdr.h"

#define BOTH_OPTIONAL (P0F_HDR_REQ_OPTIONAL | P0F_HDR_RESP_OPTIONAL)

static const p0f_httphdr_t headers[] = {
    [P0F_HDR_USER_AGENT] = { "User-Agent", P0F_HDR_REQ_NO_VALUE },
    [P0F_HDR_ACCEPT_LANGUAGE] = { "Accept-Language", 0 },
    [P0F_HDR_SERVER] = { "Server", P0F_HDR_RESP_NO_VALUE },
    [P0F_HDR_DATE] = { "Date", P0F_HDR_RESP_NO_VALUE },
    [P0F_HDR_VIA] = { "Via", P0F_HDR_REQ_OPTIONAL },
    [P0F_HDR_X_FORWARDED_FOR] = { "X-Forwarded-For", P0F_HDR_REQ_OPTIONAL },
    [P0F_HDR_HOST] = { "Host", P0F_HDR_REQ_NO_VALUE },
    [P0F_HDR_CONNECTION] = { "Connection", 0 },
    [P0F_HDR_ACCEPT] = { "Accept", 0 },
    [P0F_HDR_ACCEPT_ENCODING] = { "Accept-Encoding", 0 },
    [P0F_HDR_ACCEPT_CHARSET] = { "Accept-Charset", 0 },
    [P0F_HDR_KEEP_ALIVE] = { "Keep-Alive", 0 },
    [P0F_HDR_CONTENT_TYPE] = { "Content-Type", P0F_HDR_RESP_NO_VALUE },
    [P0F_HDR_ACCEPT_RANGES] = { "Accept-Ranges", 0 },
    { "Cookie", P0F_HDR_REQ_OPTIONAL },
    { "Referer", P0F_HDR_REQ_OPTIONAL },
    { "Origin", P0F_HDR_REQ_OPTIONAL },
    { "Range", P0F_HDR_REQ_OPTIONAL },
    { "If-Modified-Since", P0F_HDR_REQ_OPTIONAL },
    { "If-None-Match", P0F_HDR_REQ_OPTIONAL },
    { "Authorization", P0F_HDR_REQ_OPTIONAL },
    { "Proxy-Authorization", P0F_HDR_REQ_OPTIONAL },
    { "Cache-Control", BOTH_OPTIONAL },
    { "Set-Cookie", P0F_HDR_RESP_OPTIONAL },
    { "Last-Modified", P0F_HDR_RESP_OPTIONAL },
    { "ETag", P0F_HDR_RESP_OPTIONAL },
    { "Content-Length", P0F_HDR_RESP_OPTIONAL },
    { "Content-Disposition", P0F_HDR_RESP_OPTIONAL },
    { "Expires", P0F_HDR_RESP_OPTIONAL },
    { "Pragma", P0F_HDR_RESP_OPTIONAL },
    { "Location", P0F_HDR_RESP_OPTIONAL },
    { "Refresh", P0F_HDR_RESP_OPTIONAL },
    { "Content-Range", P0F_HDR_RESP_OPTIONAL },
    { "Vary", P0F_HDR_RESP_OPTIONAL },
};

static const uint16_t common_request[] = {
    P0F_HDR_HOST, P0F_HDR_USER_AGENT, P0F_HDR_CONNECTION, P0F_HDR_ACCEPT,
    P0F_HDR_ACCEPT_ENCODING, P0F_HDR_ACCEPT_LANGUAGE, P0F_HDR_ACCEPT_CHARSET,
    P0F_HDR_KEEP_ALIVE, P0F_NO_HEADER
};

static const uint16_t common_response[] = {
    P0F_HDR_CONTENT_TYPE, P0F_HDR_CONNECTION, P0F_HDR_KEEP_ALIVE,
    P0F_HDR_ACCEPT_RANGES, P0F_HDR_DATE, P0F_NO_HEADER
};

const p0f_httphdr_t *p0f_httphdr_at(unsigned int n)
{
    return n < sizeof(headers) / sizeof(headers[0]) ? &headers[n] : NULL;
}

const uint16_t *p0f_httphdr_common(p0f_dir_t dir)
{
    return dir == P0F_DIR_REQUEST ? common_request : common_response;
}
