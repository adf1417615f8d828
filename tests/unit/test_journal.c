/* SPDX-License-Identifier: MIT */
/* The journal: what it keeps, what it lets go, and for how long. */
#include "unit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "watch/journal.h"

#define BUSY  "AC00000000000000000000000000000001"
#define SMALL "AC00000000000000000000000000000002"

static struct bytes bytes_of(const char *text)
{
	return (struct bytes){ text, strlen(text) };
}

static struct journal_entry entry_with(const char *account, unsigned number, struct bytes answer)
{
	struct journal_entry entry = {
		.method = bytes_of("POST"),
		.path = bytes_of("/v1/Fleets"),
		.query = bytes_of("a=1"),
		.answer = answer,
		.answer_length = answer.length,
		.operation = "CreateFleet",
		.status = 201,
		.rejected_by = { .rule = "rule", .parameter = "UniqueName" },
	};
	strcpy(entry.account_sid, account);
	snprintf(entry.id, sizeof(entry.id), "RQ%032x", number);
	return entry;
}

static void add(struct journal *journal, const char *account, unsigned number)
{
	const struct journal_entry entry = entry_with(account, number, bytes_of("{}"));
	journal_add(journal, &entry);
}

static void add_large(struct journal *journal, const char *account, unsigned number)
{
	static char text[4096];
	memset(text, 'x', sizeof(text));
	const struct journal_entry entry =
		entry_with(account, number, (struct bytes){ text, sizeof(text) });
	journal_add(journal, &entry);
}

struct visited {
	unsigned long long numbers[1024];
	size_t count, most;
};

static bool collect(void *closure, const struct journal_entry *entry)
{
	struct visited *visited = closure;
	visited->numbers[visited->count++] = strtoull(entry->id + 2, NULL, 16);
	return visited->count < visited->most;
}

static struct visited visit(
	struct journal *journal, const char *account, uint64_t after, uint64_t before, size_t most)
{
	struct visited visited = { .most = most };
	journal_visit(journal, account, after, before, collect, &visited);
	return visited;
}

static struct visited visit_all(struct journal *journal, const char *account)
{
	return visit(journal, account, 0, UINT64_MAX, 1024);
}

static bool has(struct journal *journal, const char *account, unsigned number)
{
	char id[SID_SIZE];
	snprintf(id, sizeof(id), "RQ%032x", number);
	const struct journal_entry *entry = journal_fetch(journal, account, id);
	if (entry != NULL)
		journal_let_go(entry);
	return entry != NULL;
}

static void test_a_copy_is_kept(void **state)
{
	struct journal *journal = journal_new(10, 1 << 20);
	struct journal_entry entry = entry_with(BUSY, 7, (struct bytes){ "a\0b", 3 });
	(void)state;
	journal_add(journal, &entry);
	const struct journal_entry *kept = journal_fetch(journal, BUSY, entry.id);
	assert_non_null(kept);
	assert_int_equal(kept->sequence, 1);
	assert_memory_equal(kept->answer.data, "a\0b", 4);
	assert_ptr_not_equal(kept->path.data, entry.path.data);
	assert_string_equal(kept->path.data, "/v1/Fleets");
	assert_string_equal(kept->fault.data, "");
	assert_string_equal(kept->rejected_by.parameter, "UniqueName");
	assert_null(kept->rejected_by.expected);
	assert_null(journal_fetch(journal, SMALL, entry.id));
	assert_true(has(journal, NULL, 7));
	assert_false(has(journal, BUSY, 8));
	journal_let_go(kept);
	journal_free(journal);
}

static void test_each_account_has_so_many(void **state)
{
	struct journal *journal = journal_new(3, 1 << 20);
	(void)state;
	for (unsigned i = 1; i <= 5; i++)
		add(journal, BUSY, i);
	add(journal, SMALL, 100);
	const struct visited busy = visit_all(journal, BUSY), all = visit_all(journal, NULL);
	assert_int_equal(busy.count, 3);
	assert_int_equal(busy.numbers[0], 5);
	assert_int_equal(busy.numbers[2], 3);
	assert_int_equal(all.count, 4);
	assert_int_equal(all.numbers[0], 100);
	assert_false(has(journal, BUSY, 2));
	assert_true(has(journal, SMALL, 100));
	struct journal_counts counts;
	journal_count(journal, &counts);
	assert_int_equal(counts.entries, 4);
	assert_int_equal(counts.accounts, 2);
	assert_int_equal(counts.evicted, 2);
	journal_free(journal);
}

/* The one that has most loses, however many entries that are, and whoever came last. */
static void test_all_have_so_many_bytes(void **state)
{
	enum { ROOM = 64 * 1024 };
	struct journal *journal = journal_new(100000, ROOM);
	struct journal_counts counts;
	(void)state;
	for (unsigned i = 0; i < 5; i++)
		add(journal, SMALL, 1000 + i);
	for (unsigned i = 0; i < 200; i++) {
		add_large(journal, BUSY, i);
		journal_count(journal, &counts);
		assert_true(counts.bytes <= ROOM);
	}
	add(journal, SMALL, 1005);
	assert_int_equal(visit_all(journal, SMALL).count, 6);
	assert_in_range(visit_all(journal, BUSY).count, 5, 15);
	assert_true(has(journal, BUSY, 199));
	/* One that takes more than all may have does not stay. */
	struct journal *tiny = journal_new(10, 100);
	add(tiny, BUSY, 1);
	assert_int_equal(visit_all(tiny, NULL).count, 0);
	journal_count(tiny, &counts);
	assert_int_equal(counts.bytes, 0);
	assert_int_equal(counts.accounts, 0);
	journal_free(tiny);
	journal_free(journal);
}

/* Of many that have one entry each, those that have stood there longest go. */
static void test_accounts_come_and_go(void **state)
{
	struct journal *journal = journal_new(10, 64 * 1024);
	struct journal_counts counts;
	char account[SID_SIZE];
	(void)state;
	for (unsigned i = 0; i < 5000; i++) {
		snprintf(account, sizeof(account), "AC%032x", i);
		add(journal, account, i);
	}
	journal_count(journal, &counts);
	assert_int_equal(counts.accounts, counts.entries);
	assert_int_equal(counts.entries + counts.evicted, 5000);
	assert_int_equal(visit_all(journal, account).count, 1);
	assert_false(has(journal, NULL, 0));
	journal_free(journal);
}

static void test_a_part_is_visited(void **state)
{
	struct journal *journal = journal_new(1000, 1 << 24);
	(void)state;
	for (unsigned i = 1; i <= 300; i++)
		add(journal, i % 2 ? BUSY : SMALL, i);
	assert_int_equal(journal_newest(journal), 300);
	const struct visited part = visit(journal, SMALL, 10, 281, 1024);
	assert_int_equal(part.count, 135);
	assert_int_equal(part.numbers[0], 280);
	assert_int_equal(part.numbers[134], 12);
	assert_int_equal(visit(journal, NULL, 10, 281, 1024).count, 270);
	assert_int_equal(visit(journal, NULL, 0, UINT64_MAX, 70).count, 70);
	assert_int_equal(visit(journal, NULL, 300, UINT64_MAX, 70).count, 0);
	assert_int_equal(visit_all(journal, "AC").count, 0);
	journal_free(journal);
}

/* From the oldest on it is the same, the other way round. */
static void test_a_part_is_visited_upwards(void **state)
{
	static const struct {
		const char *account;
		uint64_t after, before;
	} parts[] = { { SMALL, 10, 281 }, { NULL, 10, 281 }, { BUSY, 0, UINT64_MAX },
		{ NULL, 299, UINT64_MAX }, { NULL, 300, UINT64_MAX }, { "AC", 0, UINT64_MAX } };
	struct journal *journal = journal_new(1000, 1 << 24);
	(void)state;
	for (unsigned i = 1; i <= 300; i++)
		add(journal, i % 2 ? BUSY : SMALL, i);
	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		const struct visited down =
			visit(journal, parts[i].account, parts[i].after, parts[i].before, 1024);
		struct visited up = { .most = 1024 };
		journal_visit_upwards(
			journal, parts[i].account, parts[i].after, parts[i].before, collect, &up);
		assert_int_equal(up.count, down.count);
		for (size_t j = 0; j < up.count; j++)
			assert_int_equal(up.numbers[j], down.numbers[down.count - 1 - j]);
	}
	struct visited some = { .most = 70 };
	journal_visit_upwards(journal, NULL, 0, UINT64_MAX, collect, &some);
	assert_int_equal(some.count, 70);
	assert_int_equal(some.numbers[69], 70);
	journal_free(journal);
}

/* What is visited may vanish, entry by entry, from under the visitor. */
static bool clear_all(void *closure, const struct journal_entry *entry)
{
	journal_clear(closure, NULL);
	assert_string_equal(entry->path.data, "/v1/Fleets");
	return true;
}

static void test_held_entries_stay(void **state)
{
	struct journal *journal = journal_new(1000, 1 << 24);
	(void)state;
	for (unsigned i = 1; i <= 200; i++)
		add(journal, BUSY, i);
	char id[SID_SIZE] = "RQ00000000000000000000000000000009";
	const struct journal_entry *held = journal_fetch(journal, NULL, id);
	journal_visit(journal, BUSY, 0, UINT64_MAX, clear_all, journal);
	assert_int_equal(visit_all(journal, NULL).count, 0);
	assert_string_equal(held->id, id);
	journal_let_go(held);
	for (unsigned i = 1; i <= 200; i++)
		add(journal, BUSY, i);
	journal_visit_upwards(journal, BUSY, 0, UINT64_MAX, clear_all, journal);
	assert_int_equal(visit_all(journal, NULL).count, 0);
	add(journal, BUSY, 1);
	add(journal, SMALL, 2);
	assert_int_equal(journal_clear(journal, BUSY), 1);
	assert_int_equal(journal_clear(journal, BUSY), 0);
	assert_int_equal(journal_clear(journal, NULL), 1);
	journal_free(journal);
}

enum { THREADS = 4, ADDED = 3000 };

static void *add_many(void *closure)
{
	for (unsigned i = 0; i < ADDED; i++) {
		add(closure, i % 3 ? BUSY : SMALL, i);
		if (i % 16 == 0)
			visit(closure, i % 32 ? BUSY : NULL, 0, UINT64_MAX, 100);
		if (i % 1000 == 999)
			journal_clear(closure, SMALL);
	}
	return NULL;
}

static void test_threads(void **state)
{
	struct journal *journal = journal_new(150, 1 << 16);
	pthread_t threads[THREADS];
	struct journal_counts counts;
	(void)state;
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, add_many, journal), 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(journal_newest(journal), THREADS * ADDED);
	journal_count(journal, &counts);
	assert_in_range(counts.bytes, 1, 1 << 16);
	assert_int_equal(counts.entries, visit_all(journal, NULL).count);
	assert_int_equal(journal_clear(journal, NULL), counts.entries);
	journal_count(journal, &counts);
	assert_int_equal(counts.bytes + counts.accounts, 0);
	journal_free(journal);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_copy_is_kept),
		cmocka_unit_test(test_each_account_has_so_many),
		cmocka_unit_test(test_all_have_so_many_bytes),
		cmocka_unit_test(test_accounts_come_and_go),
		cmocka_unit_test(test_a_part_is_visited),
		cmocka_unit_test(test_a_part_is_visited_upwards),
		cmocka_unit_test(test_held_entries_stay),
		cmocka_unit_test(test_threads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
