/* SPDX-License-Identifier: MIT */
/* What a client that listens says: the types that it wants and, after the first byte 'i', the id of
 * the last event that it had. */
#include <stdio.h>

#include "fuzz_input.h"
#include "watch/event_types.h"

static void read_types(const char *text)
{
	event_set types = 0;
	const char *unknown = NULL;
	int length = 0;
	if (event_types_read(text, &types, &unknown, &length)) {
		MUST(types != 0);
		return;
	}
	MUST(unknown >= text && length >= 0 && strlen(unknown) >= (size_t)length);
	MUST(unknown[length] == '\0' || unknown[length] == ',');
}

/* But for zeros at its beginning, an id is what is printed of it. */
static void read_id(const char *text)
{
	uint64_t id = 0;
	char printed[32];
	if (!event_id_read(text, &id))
		return;
	while (text[0] == '0' && text[1] != '\0')
		text++;
	snprintf(printed, sizeof(printed), "%llu", (unsigned long long)id);
	MUST(strcmp(printed, text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	if (text[0] == 'i')
		read_id(text + 1);
	else
		read_types(text);
	free(text);
	return 0;
}
