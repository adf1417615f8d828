/* SPDX-License-Identifier: MIT */
/*
 * Each entry is one piece of memory, made before the lock is taken. It stands in the list of all,
 * and in that of its account. Accounts stand in a table by their SIDs, and in lists by how many
 * bytes they have, in powers of two: the first account of the highest one is to lose its oldest
 * entry when there are too many bytes. An entry is looked for by its id from the newest on: that is
 * rare, and most are asked for soon, while a table would cost each entry two looks at memory that
 * is far away.
 */
#include "watch/journal.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "util/count.h"
#include "util/hash.h"

enum {
	BUCKETS = 16384,
	WEIGHTS = 64,
	BATCH = 64,
	/* An entry goes for each that comes: its memory is used again. The library's allocator
	 * takes longer than all else here for pieces of this size. */
	SPARE_UNIT = 256,
	SPARES = 32
};

/* Which list an entry stands in. */
enum place { AMONG_ALL, AMONG_ITS_ACCOUNTS, PLACES };

struct kept {
	struct journal_entry entry; /* first, so that an entry is what is kept of it */
	struct {
		struct kept *older, *newer;
	} links[PLACES];
	struct account *account; /* NULL: it is out of the journal */
	size_t size;		 /* of all of it */
	atomic_uint holders;	 /* the journal is one */
};

struct list {
	struct kept *oldest, *newest;
	size_t count;
};

struct account {
	char sid[SID_SIZE];
	struct account *next_by_sid;
	struct account *before, *after; /* of the same weight */
	unsigned weight;
	struct list entries;
	size_t bytes;
};

struct queue {
	struct account *first, *last;
};

struct journal {
	size_t entries_maximum, bytes_maximum;
	pthread_mutex_t mutex; /* guards what follows */
	uint64_t newest;
	struct list all;
	size_t bytes, accounts;
	uint64_t evicted, lost;
	uint64_t weights; /* a bit for each that some account has */
	struct queue by_weight[WEIGHTS];
	struct account *by_sid[BUCKETS];
	struct kept *spares[SPARES]; /* by how many units they have */
};

/* ── making and freeing ──────────────────────────────────────────────────────────────────── */

struct journal *journal_new(size_t entries_maximum, size_t bytes_maximum)
{
	struct journal *journal = calloc(1, sizeof(*journal));
	if (journal == NULL)
		return NULL;
	journal->entries_maximum = entries_maximum;
	journal->bytes_maximum = bytes_maximum;
	pthread_mutex_init(&journal->mutex, NULL);
	return journal;
}

void journal_free(struct journal *journal)
{
	if (journal == NULL)
		return;
	journal_clear(journal, NULL);
	for (size_t i = 0; i < SPARES; i++)
		free(journal->spares[i]);
	pthread_mutex_destroy(&journal->mutex);
	free(journal);
}

static size_t size_of(const char *text)
{
	return text != NULL ? strlen(text) + 1 : 0;
}

/* The texts of an entry that are copied. */
#define BYTES_OF(entry)                                                                            \
	{                                                                                          \
		&(entry)->method, &(entry)->path, &(entry)->query, &(entry)->headers,              \
			&(entry)->form, &(entry)->answer, &(entry)->fault, &(entry)->warnings      \
	}
#define TEXTS_OF(entry)                                                                            \
	{                                                                                          \
		&(entry)->rejected_by.rule, &(entry)->rejected_by.parameter,                       \
			&(entry)->rejected_by.expected, &(entry)->rejected_by.basis                \
	}
enum { BYTES_COUNT = 8, TEXTS_COUNT = 4 };

/* How many bytes an entry takes with all its texts. */
static size_t size_with_texts(const struct journal_entry *entry)
{
	const struct bytes *const bytes[BYTES_COUNT] = BYTES_OF(entry);
	const char *const *const texts[TEXTS_COUNT] = TEXTS_OF(entry);
	size_t size = sizeof(struct kept);
	for (size_t i = 0; i < BYTES_COUNT; i++)
		size += bytes[i]->length + 1;
	for (size_t i = 0; i < TEXTS_COUNT; i++)
		size += size_of(*texts[i]);
	return size;
}

/* Lets a copy have texts of its own, from `end` on. */
static void copy_texts(struct journal_entry *entry, char *end)
{
	struct bytes *const bytes[BYTES_COUNT] = BYTES_OF(entry);
	const char **const texts[TEXTS_COUNT] = TEXTS_OF(entry);
	for (size_t i = 0; i < BYTES_COUNT; i++) {
		const char *data = bytes[i]->data;
		bytes[i]->data = end;
		if (bytes[i]->length > 0)
			end = mempcpy(end, data, bytes[i]->length);
		*end++ = '\0';
	}
	for (size_t i = 0; i < TEXTS_COUNT; i++) {
		const size_t size = size_of(*texts[i]);
		if (size > 0)
			*texts[i] = memcpy(end, *texts[i], size);
		end += size;
	}
}

/* Memory of an entry that went, or else new; NULL: there is none. */
static struct kept *take_memory(struct journal *journal, size_t size)
{
	const size_t unit = size / SPARE_UNIT;
	struct kept *spare = NULL;
	if (unit < SPARES) {
		pthread_mutex_lock(&journal->mutex);
		spare = journal->spares[unit];
		journal->spares[unit] = NULL;
		pthread_mutex_unlock(&journal->mutex);
	}
	return spare != NULL ? spare : malloc(size);
}

static struct kept *copy_entry(struct journal *journal, const struct journal_entry *entry)
{
	const size_t size = (size_with_texts(entry) / SPARE_UNIT + 1) * SPARE_UNIT;
	struct kept *kept = take_memory(journal, size);
	if (kept == NULL)
		return NULL;
	kept->entry = *entry;
	kept->account = NULL;
	kept->size = size;
	atomic_init(&kept->holders, 1);
	copy_texts(&kept->entry, (char *)(kept + 1));
	return kept;
}

static struct kept *kept_of(const struct journal_entry *entry)
{
	return (struct kept *)(void *)(size_t)entry;
}

void journal_hold(const struct journal_entry *entry)
{
	atomic_fetch_add(&kept_of(entry)->holders, 1);
}

void journal_let_go(const struct journal_entry *entry)
{
	struct kept *kept = kept_of(entry);
	if (atomic_fetch_sub(&kept->holders, 1) == 1)
		free(kept);
}

/* ── lists and tables; the lock is held ──────────────────────────────────────────────────── */

static void list_add(struct list *list, struct kept *kept, enum place place)
{
	kept->links[place].older = list->newest;
	kept->links[place].newer = NULL;
	*(list->newest != NULL ? &list->newest->links[place].newer : &list->oldest) = kept;
	list->newest = kept;
	list->count++;
}

static void list_remove(struct list *list, struct kept *kept, enum place place)
{
	struct kept *older = kept->links[place].older, *newer = kept->links[place].newer;
	*(older != NULL ? &older->links[place].newer : &list->oldest) = newer;
	*(newer != NULL ? &newer->links[place].older : &list->newest) = older;
	list->count--;
}

/* Of an account's SID, or "". */
static struct account **bucket_of(struct journal *journal, const char *sid)
{
	uint64_t words[SID_LENGTH / sizeof(uint64_t)] = { 0 }, hash = HASH_START;
	const size_t length = strnlen(sid, SID_LENGTH);
	if (length > 2) /* what differs: all but the kind */
		memcpy(words, sid + 2, length - 2);
	for (size_t i = 0; i < COUNT_OF(words); i++)
		hash = (hash ^ words[i]) * UINT64_C(0x9e3779b97f4a7c15);
	return &journal->by_sid[hash_finish(hash) % BUCKETS];
}

static struct account *find_account(struct journal *journal, const char *sid)
{
	struct account *account = *bucket_of(journal, sid);
	while (account != NULL && strcmp(account->sid, sid) != 0)
		account = account->next_by_sid;
	return account;
}

static void leave_weight(struct journal *journal, struct account *account)
{
	struct queue *queue = &journal->by_weight[account->weight];
	*(account->before != NULL ? &account->before->after : &queue->first) = account->after;
	*(account->after != NULL ? &account->after->before : &queue->last) = account->before;
	if (queue->first == NULL)
		journal->weights &= ~(UINT64_C(1) << account->weight);
}

static void join_weight(struct journal *journal, struct account *account, unsigned weight)
{
	struct queue *queue = &journal->by_weight[weight];
	account->weight = weight;
	account->before = queue->last;
	account->after = NULL;
	*(queue->last != NULL ? &queue->last->after : &queue->first) = account;
	queue->last = account;
	journal->weights |= UINT64_C(1) << weight;
}

/* The place of the highest bit. */
static unsigned weight_of(uint64_t bytes)
{
	return 63 - (unsigned)__builtin_clzll(bytes | 1);
}

static void set_bytes(struct journal *journal, struct account *account, size_t bytes)
{
	const unsigned weight = weight_of(bytes);
	journal->bytes += bytes - account->bytes;
	account->bytes = bytes;
	if (weight == account->weight)
		return;
	leave_weight(journal, account);
	join_weight(journal, account, weight);
}

/* NULL without memory. */
static struct account *find_or_make_account(struct journal *journal, const char *sid)
{
	struct account *account = find_account(journal, sid);
	if (account != NULL)
		return account;
	account = calloc(1, sizeof(*account));
	if (account == NULL)
		return NULL;
	struct account **bucket = bucket_of(journal, sid);
	strcpy(account->sid, sid);
	account->next_by_sid = *bucket;
	*bucket = account;
	join_weight(journal, account, 0);
	journal->accounts++;
	return account;
}

static void remove_account(struct journal *journal, struct account *account)
{
	struct account **link = bucket_of(journal, account->sid);
	while (*link != account)
		link = &(*link)->next_by_sid;
	*link = account->next_by_sid;
	leave_weight(journal, account);
	journal->accounts--;
	free(account);
}

/* ── in and out; the lock is held ────────────────────────────────────────────────────────── */

static void put_in(struct journal *journal, struct account *account, struct kept *kept)
{
	kept->entry.sequence = ++journal->newest;
	kept->account = account;
	list_add(&journal->all, kept, AMONG_ALL);
	list_add(&account->entries, kept, AMONG_ITS_ACCOUNTS);
	set_bytes(journal, account, account->bytes + kept->size);
}

/* What nobody else holds, and nobody can find any more, is a spare; or else it is put into a list.
 */
static void let_out(struct journal *journal, struct kept *kept, struct kept **gone)
{
	const size_t unit = kept->size / SPARE_UNIT;
	if (unit < SPARES && journal->spares[unit] == NULL && atomic_load(&kept->holders) == 1) {
		journal->spares[unit] = kept;
		return;
	}
	kept->links[AMONG_ALL].older = *gone;
	*gone = kept;
}

/* Takes out an account's oldest entry, and the account with its last. `gone` is a list of what is
 * to be let go once the lock is not held any more: that may take time. */
static void take_out_oldest(struct journal *journal, struct account *account, struct kept **gone)
{
	struct kept *kept = account->entries.oldest;
	list_remove(&journal->all, kept, AMONG_ALL);
	list_remove(&account->entries, kept, AMONG_ITS_ACCOUNTS);
	set_bytes(journal, account, account->bytes - kept->size);
	kept->account = NULL;
	let_out(journal, kept, gone);
	if (account->entries.count == 0)
		remove_account(journal, account);
}

/* Makes an account, and all of them together, as small as they have to be. */
static void trim(struct journal *journal, struct account *account, struct kept **gone)
{
	const size_t before = journal->all.count;
	if (account->entries.count > journal->entries_maximum)
		take_out_oldest(journal, account, gone);
	while (journal->bytes > journal->bytes_maximum)
		take_out_oldest(
			journal, journal->by_weight[weight_of(journal->weights)].first, gone);
	journal->evicted += before - journal->all.count;
}

static void let_all_go(struct kept *gone)
{
	for (struct kept *next; gone != NULL; gone = next) {
		next = gone->links[AMONG_ALL].older;
		journal_let_go(&gone->entry);
	}
}

/* ── what others call ────────────────────────────────────────────────────────────────────── */

void journal_add(struct journal *journal, const struct journal_entry *entry)
{
	struct kept *kept = copy_entry(journal, entry), *gone = NULL;
	pthread_mutex_lock(&journal->mutex);
	struct account *account =
		kept != NULL ? find_or_make_account(journal, entry->account_sid) : NULL;
	if (account != NULL) {
		put_in(journal, account, kept);
		trim(journal, account, &gone);
	} else {
		journal->lost++;
	}
	pthread_mutex_unlock(&journal->mutex);
	if (account == NULL)
		free(kept);
	let_all_go(gone);
}

void journal_miss(struct journal *journal)
{
	pthread_mutex_lock(&journal->mutex);
	journal->lost++;
	pthread_mutex_unlock(&journal->mutex);
}

uint64_t journal_newest(struct journal *journal)
{
	pthread_mutex_lock(&journal->mutex);
	const uint64_t newest = journal->newest;
	pthread_mutex_unlock(&journal->mutex);
	return newest;
}

/* A way through the journal: an account's entries (NULL: all) with after < sequence < before. */
struct way {
	const char *account_sid;
	uint64_t after, before;
	bool upwards; /* from the oldest to the newest */
};

/* What comes next on a way, from `kept` on; NULL: what comes first. */
static struct kept *next_on(struct journal *journal, const struct way *way, const struct kept *kept)
{
	const enum place place = way->account_sid != NULL ? AMONG_ITS_ACCOUNTS : AMONG_ALL;
	if (kept != NULL)
		return way->upwards ? kept->links[place].newer : kept->links[place].older;
	const struct list *list = &journal->all;
	if (way->account_sid != NULL) {
		const struct account *account = find_account(journal, way->account_sid);
		if (account == NULL)
			return NULL;
		list = &account->entries;
	}
	return way->upwards ? list->oldest : list->newest;
}

/* Holds some entries of a way, from its beginning or from what follows `last` on. That one is the
 * caller's, but may be out of the journal by now. */
static size_t take_batch(struct journal *journal, const struct way *way, const struct kept *last,
	struct kept *ret_batch[BATCH])
{
	size_t count = 0;
	pthread_mutex_lock(&journal->mutex);
	const bool goes_on = last != NULL && last->account != NULL;
	struct kept *kept = next_on(journal, way, goes_on ? last : NULL);
	for (; kept != NULL && count < BATCH; kept = next_on(journal, way, kept)) {
		const bool is_after = kept->entry.sequence > way->after;
		const bool is_before = kept->entry.sequence < way->before;
		if (way->upwards ? !is_before : !is_after)
			break;
		if (!is_after || !is_before)
			continue;
		journal_hold(&kept->entry);
		ret_batch[count++] = kept;
	}
	pthread_mutex_unlock(&journal->mutex);
	return count;
}

static void visit_on(struct journal *journal, struct way way, journal_visitor *visit, void *closure)
{
	struct kept *batch[BATCH], *last = NULL;
	bool goes_on = true;
	while (goes_on) {
		const size_t count = take_batch(journal, &way, last, batch);
		if (last != NULL)
			journal_let_go(&last->entry);
		last = NULL;
		for (size_t i = 0; i < count; i++) {
			goes_on = goes_on && visit(closure, &batch[i]->entry);
			if (i + 1 < count)
				journal_let_go(&batch[i]->entry);
			else
				last = batch[i];
		}
		if (last == NULL)
			return;
		*(way.upwards ? &way.after : &way.before) = last->entry.sequence;
		goes_on = goes_on && count == BATCH;
	}
	journal_let_go(&last->entry);
}

void journal_visit(struct journal *journal, const char *account_sid, uint64_t after,
	uint64_t before, journal_visitor *visit, void *closure)
{
	const struct way way = { account_sid, after, before, .upwards = false };
	visit_on(journal, way, visit, closure);
}

void journal_visit_upwards(struct journal *journal, const char *account_sid, uint64_t after,
	uint64_t before, journal_visitor *visit, void *closure)
{
	const struct way way = { account_sid, after, before, .upwards = true };
	visit_on(journal, way, visit, closure);
}

struct search {
	const char *id;
	const struct journal_entry *found; /* held */
};

static bool look_for_id(void *closure, const struct journal_entry *entry)
{
	struct search *search = closure;
	if (strcmp(entry->id, search->id) != 0)
		return true;
	journal_hold(entry);
	search->found = entry;
	return false;
}

const struct journal_entry *journal_fetch(
	struct journal *journal, const char *account_sid, const char *id)
{
	struct search search = { .id = id };
	journal_visit(journal, account_sid, 0, UINT64_MAX, look_for_id, &search);
	return search.found;
}

size_t journal_clear(struct journal *journal, const char *account_sid)
{
	struct kept *gone = NULL;
	pthread_mutex_lock(&journal->mutex);
	const size_t before = journal->all.count;
	if (account_sid == NULL) {
		while (journal->all.oldest != NULL)
			take_out_oldest(journal, journal->all.oldest->account, &gone);
	} else {
		struct account *account = find_account(journal, account_sid);
		for (size_t left = account != NULL ? account->entries.count : 0; left > 0; left--)
			take_out_oldest(journal, account, &gone);
	}
	const size_t cleared = before - journal->all.count;
	pthread_mutex_unlock(&journal->mutex);
	let_all_go(gone);
	return cleared;
}

void journal_count(struct journal *journal, struct journal_counts *ret_counts)
{
	pthread_mutex_lock(&journal->mutex);
	*ret_counts = (struct journal_counts){
		.entries = journal->all.count,
		.bytes = journal->bytes,
		.accounts = journal->accounts,
		.evicted = journal->evicted,
		.lost = journal->lost,
	};
	pthread_mutex_unlock(&journal->mutex);
}
