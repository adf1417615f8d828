/* SPDX-License-Identifier: MIT */
/* Fault rules: refused with the field and a hint, or kept, read again and met. */
#include "fuzz_input.h"
#include "util/json_read.h"
#include "watch/fault_set.h"

#define RQ "RQ00000000000000000000000000000000"

static struct parameter items[] = { { "UniqueName", "first" }, { "event", "sms_command" } };
static const struct request_view view = {
	.method = "POST",
	.path = "/v1/Fleets",
	.operation = "CreateFleet",
	.form = { items, 2 },
	.query = { items, 2 },
};

/* Several times, on both sides: none may hit for longer than it is to last. */
static void meet(const char *text)
{
	struct fault_set *set = fault_set_new(text, 42);
	struct fault_hit hit;
	struct strbuf shown;
	MUST(set != NULL);
	for (int i = 0; i < 8; i++) {
		const enum fault_side side = i % 2 == 0 ? FAULT_OF_REQUEST : FAULT_OF_WEBHOOK;
		if (fault_set_take(set, side, &view, RQ, 1000 + i, &hit))
			MUST(hit.delay_ms >= 0 && hit.delay_ms <= FAULT_TIME_MAXIMUM_MS);
	}
	strbuf_init(&shown, SIZE_MAX / 4);
	fault_set_add(&shown, set, 2000);
	json_t *array = json_read(shown.data, shown.length, JSON_REJECT_DUPLICATES, NULL);
	MUST(json_array_size(array) == fault_set_count(set));
	json_decref(array);
	strbuf_done(&shown);
	fault_set_free(set);
}

static void read_rules(struct arena *arena, const json_t *list)
{
	struct fault_rules rules, again;
	struct problem problem;
	if (!fault_rules_read(arena, list, 1000, &rules, &problem)) {
		MUST(problem.kind != PROBLEM_NONE && problem.hint != NULL);
		return;
	}
	const char *text = fault_rules_text(arena, &rules);
	MUST(text != NULL && fault_rules_parse(arena, text, &again));
	MUST(again.count == rules.count);
	MUST(strcmp(text, fault_rules_text(arena, &again)) == 0);
	meet(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;
	char *text = fuzz_text(data, size);
	json_t *list = json_read(text, size, JSON_REJECT_DUPLICATES, NULL);
	arena_init(&arena);
	if (list != NULL)
		read_rules(&arena, list);
	arena_done(&arena);
	json_decref(list);
	free(text);
	return 0;
}
