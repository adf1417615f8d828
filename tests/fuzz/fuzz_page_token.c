/* SPDX-License-Identifier: MIT */
/* Page tokens: what is read back was made for this list, and making it again gives the same text.
 */
#include "request/page.h"
#include "fuzz_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct page_request position;
	uint64_t list = 42;
	char again[PAGE_TOKEN_SIZE];
	if (page_token_read(text, list, &position)) {
		page_token_make(list, position.direction, position.position, again);
		MUST(strcmp(again, text) == 0);
		MUST(!page_token_read(text, list + 1, &position));
	}
	int64_t id = 0;
	memcpy(&id, data, size < sizeof(id) ? size : sizeof(id));
	id &= INT64_MAX;
	page_token_make(list, PAGE_ABOVE, id, again);
	MUST(page_token_read(again, list, &position));
	MUST(position.position == id && position.direction == PAGE_ABOVE);
	free(text);
	return 0;
}
