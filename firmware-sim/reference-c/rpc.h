#ifndef RPC_H
#define RPC_H

#include <stddef.h>
#include <stdint.h>

#include "board.pb.h"
#include "config.h"

/* Requests, each carried out once, and their responses. */

struct board;

struct stored_response {
    uint32_t id;
    uint16_t length;
    uint8_t bytes[LINK_MTU];
};

struct rpc {
    struct stored_response stored[RESPONSE_CACHE];
    uint8_t next;
    uint32_t last_id;
    rbv_Request request;
    rbv_ToHost message; /* to be encoded: responses and events alike */
};

void rpc_open(struct board *board);
/* One message of the reliable channel. There is room for the response (arq_received has seen to it). */
void rpc_request(struct board *board, const uint8_t *payload, size_t length);
/* Sends rpc.message; false: it does not fit a frame. */
bool rpc_send(struct board *board);

#endif
