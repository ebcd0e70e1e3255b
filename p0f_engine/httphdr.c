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
    { "Host", P0F_HDR_REQ_NO_VALUE },
    { "Connection", 0 },
    { "Accept", 0 },
    { "Accept-Encoding", 0 },
    { "Accept-Charset", 0 },
    { "Keep-Alive", 0 },
    { "Cookie", P0F_HDR_REQ_OPTIONAL },
    { "Referer", P0F_HDR_REQ_OPTIONAL },
    { "Origin", P0F_HDR_REQ_OPTIONAL },
    { "Range", P0F_HDR_REQ_OPTIONAL },
    { "If-Modified-Since", P0F_HDR_REQ_OPTIONAL },
    { "If-None-Match", P0F_HDR_REQ_OPTIONAL },
    { "Authorization", P0F_HDR_REQ_OPTIONAL },
    { "Proxy-Authorization", P0F_HDR_REQ_OPTIONAL },
    { "Cache-Control", BOTH_OPTIONAL },
    { "Content-Type", P0F_HDR_RESP_NO_VALUE },
    { "Accept-Ranges", 0 },
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

static const char *const common_request[] = {
    "Host", "User-Agent", "Connection", "Accept", "Accept-Encoding",
    "Accept-Language", "Accept-Charset", "Keep-Alive"
};

static const char *const common_response[] = {
    "Content-Type", "Connection", "Keep-Alive", "Accept-Ranges", "Date"
};

const p0f_httphdr_t *p0f_httphdr_at(unsigned int n)
{
    return n < sizeof(headers) / sizeof(headers[0]) ? &headers[n] : NULL;
}

const char *p0f_httphdr_common(p0f_dir_t dir, unsigned int n)
{
    if (dir == P0F_DIR_REQUEST)
        return n < sizeof(common_request) / sizeof(common_request[0])
             ? common_request[n] : NULL;
    return n < sizeof(common_response) / sizeof(common_response[0])
         ? common_response[n] : NULL;
}
