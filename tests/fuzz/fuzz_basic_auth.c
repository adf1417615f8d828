/* SPDX-License-Identifier: MIT */
/* Authorization headers: an account comes out only for a well-formed SID. */
#include "request/authenticate.h"
#include "fuzz_input.h"
#include "model/sid.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct accounts *accounts = accounts_new(false);
	struct arena arena;
	arena_init(&arena);
	char *header = fuzz_text(data, size);
	struct caller caller = { 0 };
	const struct api_error error = authenticate(accounts, header, &arena, &caller);
	MUST(error.code == 0 ? sid_has_form(caller.account_sid, "AC") : error.status == 401);
	arena_done(&arena);
	free(header);
	accounts_free(accounts);
	return 0;
}
