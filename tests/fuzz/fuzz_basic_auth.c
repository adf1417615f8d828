/* SPDX-License-Identifier: MIT */
/* Authorization headers: an account comes out only for a well-formed SID. */
#include "fuzz_input.h"
#include "model/sid.h"
#include "request/authenticate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct registry *registry = registry_new(false);
	struct arena arena;
	arena_init(&arena);
	char *header = fuzz_text(data, size);
	struct caller caller = { 0 };
	const struct api_error error = authenticate(registry, header, &arena, &caller);
	MUST(!is_error(error) ? sid_has_form(caller.account_sid, "AC") : error.status == 401);
	arena_done(&arena);
	free(header);
	registry_free(registry);
	return 0;
}
