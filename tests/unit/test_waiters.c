/* SPDX-License-Identifier: MIT */
/* Waiters: who is marked by what, and that no change is missed. */
#include "unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "watch/waiters.h"

#define AC1 "AC11111111111111111111111111111111"
#define AC2 "AC22222222222222222222222222222222"

static atomic_int woken;

static void count_waking(void *closure)
{
	(void)closure;
	atomic_fetch_add(&woken, 1);
}

static size_t take(struct waiters *waiters, struct waiting_room *room)
{
	size_t count = 0;
	for (struct waiter *each = waiters_take(waiters, room); each != NULL;
		each = each->next_taken)
		count++;
	return count;
}

static void those_are_marked_who_wait_for_it(void **state)
{
	(void)state;
	struct waiters *waiters = waiters_new();
	struct waiting_room room = { .wake = count_waking }, other = { .wake = count_waking };
	struct waiter one = { 0 }, two = { 0 }, three = { 0 };
	atomic_store(&woken, 0);
	waiters_mark(waiters, AC1, 1);
	waiters_add(waiters, &one, &room, AC1, 1 | CHANGED_ACCOUNT);
	waiters_add(waiters, &two, &room, AC1, 2 | CHANGED_ACCOUNT);
	waiters_add(waiters, &three, &other, AC2, 1 | CHANGED_ACCOUNT);
	assert_int_equal(waiters_count(waiters), 0); /* none knows yet from where on he waits */
	waiters_have_looked(waiters, &one);
	waiters_have_looked(waiters, &two);
	waiters_have_looked(waiters, &three);
	assert_int_equal(waiters_count(waiters), 3);
	waiters_mark(waiters, AC1, 4);
	waiters_mark(waiters, "AC3", 1);
	assert_int_equal(atomic_load(&woken), 0);
	waiters_mark(waiters, AC1, 1);
	waiters_mark(waiters, AC1, 3);
	assert_int_equal(atomic_load(&woken), 1);
	assert_int_equal(take(waiters, &room), 2);
	assert_int_equal(take(waiters, &room), 0);
	assert_int_equal(take(waiters, &other), 0);
	const struct change changes[] = {
		{ .subjects = 1, .account_sid = AC2 },
		{ .subjects = CHANGED_ACCOUNT, .account_sid = AC1 },
	};
	waiters_mark_changes(waiters, changes, 2, true);
	assert_int_equal(atomic_load(&woken), 3);
	assert_int_equal(take(waiters, &room), 2);
	assert_int_equal(take(waiters, &other), 1);
	waiters_mark_changes(waiters, NULL, 0, false);
	assert_int_equal(take(waiters, &room) + take(waiters, &other), 3);
	assert_int_equal(
		one.taken | three.taken, 1); /* nobody says that the account is another one */
	waiters_remove(waiters, &one);
	waiters_remove(waiters, &two);
	waiters_remove(waiters, &three);
	waiters_remove(waiters, &three);
	assert_false(waiters_exist(waiters));
	waiters_free(waiters);
}

static void one_that_is_removed_is_marked_no_more(void **state)
{
	(void)state;
	struct waiters *waiters = waiters_new();
	struct waiting_room room = { .wake = count_waking };
	struct waiter all[5] = { 0 };
	for (size_t i = 0; i < COUNT_OF(all); i++)
		waiters_add(waiters, &all[i], &room, AC1, 1);
	waiters_mark(waiters, AC1, 1);
	waiters_remove(waiters, &all[2]);
	waiters_remove(waiters, &all[0]);
	waiters_remove(waiters, &all[4]);
	assert_int_equal(take(waiters, &room), 2);
	waiters_remove(waiters, &all[1]);
	waiters_remove(waiters, &all[3]);
	waiters_mark(waiters, AC1, 1);
	assert_int_equal(take(waiters, &room), 0);
	waiters_free(waiters);
}

/* ── threads ─────────────────────────────────────────────────────────────────────────────── */

enum { ROUNDS = 20000 };

static struct waiters *shared;
static atomic_int value;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wanted = PTHREAD_COND_INITIALIZER;
static bool is_woken;

static void wake_thread(void *closure)
{
	(void)closure;
	pthread_mutex_lock(&mutex);
	is_woken = true;
	pthread_cond_signal(&wanted);
	pthread_mutex_unlock(&mutex);
}

static void *change_often(void *closure)
{
	const struct change change = { .subjects = 1, .account_sid = AC1 };
	(void)closure;
	for (int i = 0; i < ROUNDS; i++) {
		atomic_fetch_add_explicit(&value, 1, memory_order_relaxed);
		waiters_mark_changes(shared, &change, 1, true);
	}
	return NULL;
}

/* Waits for each next value; hangs when a change is missed. */
static void no_change_is_missed(void **state)
{
	(void)state;
	pthread_t thread;
	struct waiting_room room = { .wake = wake_thread };
	struct waiter waiter = { 0 };
	shared = waiters_new();
	assert_int_equal(pthread_create(&thread, NULL, change_often, NULL), 0);
	int seen = 0;
	while (seen < ROUNDS) {
		waiters_add(shared, &waiter, &room, AC1, 1);
		while (atomic_load_explicit(&value, memory_order_relaxed) == seen) {
			pthread_mutex_lock(&mutex);
			while (!is_woken)
				pthread_cond_wait(&wanted, &mutex);
			is_woken = false;
			pthread_mutex_unlock(&mutex);
			take(shared, &room);
		}
		seen = atomic_load_explicit(&value, memory_order_relaxed);
		waiters_remove(shared, &waiter);
	}
	pthread_join(thread, NULL);
	waiters_free(shared);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(those_are_marked_who_wait_for_it),
		cmocka_unit_test(one_that_is_removed_is_marked_no_more),
		cmocka_unit_test(no_change_is_missed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
