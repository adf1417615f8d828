/* SPDX-License-Identifier: MIT */
/* Authorization headers: an account comes out only for a well-formed SID, and the same one from
 * what a connection keeps. */
#include "fuzz_input.h"
#include "model/sid.h"
#include "request/authenticate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct registry *registry = registry_new(false);
	struct arena arena;
	arena_init(&arena);
	char *header = fuzz_text(data, size);
	struct kept_credentials kept = { 0 };
	struct caller caller = { 0 }, again = { 0 };
	const struct api_error error = authenticate(registry, header, &arena, &kept, &caller);
	MUST(!is_error(error) ? sid_has_form(caller.account_sid, "AC") : error.status == 401);
	MUST(authenticate(registry, header, &arena, &kept, &again).status == error.status);
	MUST(is_error(error) || (strcmp(again.account_sid, caller.account_sid) == 0 &&
					strcmp(again.auth_token, caller.auth_token) == 0));
	arena_done(&arena);
	free(header);
	registry_free(registry);
	return 0;
}
