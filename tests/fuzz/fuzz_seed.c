/* SPDX-License-Identifier: MIT */
/* Seed files: refused with one clear line, or complete. */
#include "fuzz_input.h"
#include "seed/seed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct failure failure = { 0 };
	struct seed *seed = NULL;
	char *text = fuzz_text(data, size);
	if (!seed_parse(text, size, &seed, &failure))
		MUST(failure.exit_code == EX_DATAERR && failure.message[0] != '\0');
	seed_free(seed);
	free(text);
	return 0;
}
