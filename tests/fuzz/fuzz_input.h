/* SPDX-License-Identifier: MIT */
/* What the harnesses share: the fuzzer's entry point, and its bytes as a text of our own. */
#ifndef FUZZ_INPUT_H
#define FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A NUL-terminated copy on the heap, of exactly this size: one byte too far is noticed. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	if (text == NULL)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

/* What must hold, whatever the input. */
#define MUST(condition) ((condition) ? (void)0 : abort())

#endif
