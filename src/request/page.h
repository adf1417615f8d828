/* SPDX-License-Identifier: MIT */
/*
 * Page tokens and the `meta` block of lists.
 *
 * A token says where in a list a page begins. It is opaque, and bound to the account, the list and
 * its filters: one that was made for another list, or damaged, is refused. It holds no secret, so
 * every instance over the same data makes and reads the same tokens.
 */
#ifndef REQUEST_PAGE_H
#define REQUEST_PAGE_H

#include "request/request.h"

enum { PAGE_TOKEN_SIZE = sizeof("PT") + 32 };

/* A number for the list that a token belongs to: account, resource and filters as given. */
uint64_t page_list_identity(
	const char *namespace, const struct resource *resource, const struct list_parameters *list);

/* Writes the token of a position in the list. */
void page_token_make(uint64_t list, enum page_direction direction, int64_t position,
	char ret_token[PAGE_TOKEN_SIZE]);

/* Reads a token. False for one that page_token_make did not make for this list. */
bool page_token_read(const char *token, uint64_t list, struct page_request *ret_position);

/*
 * Reads the query of a list: its filters into `record` and `list`, PageSize, Page and PageToken
 * into `list`. page_seek completes it. Errors: 20001, and 20007 for a page that is too large.
 */
struct api_error page_read_query(struct request *request, char *query, size_t length);

/* Goes to where the PageToken points, once it is known what the list is below. Error: 20001. */
struct api_error page_seek(struct request *request);

/* Adds `"meta":{…}` for the page that was read. */
void page_add_meta(
	struct strbuf *out, const struct request *request, const struct store_page *page);

#endif
