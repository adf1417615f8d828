/* SPDX-License-Identifier: MIT */
/* The scheduler's rules: which lane is served next, how much of it, how long failed work is put
 * off, and what happens to what other threads hand over. */
#include "unit.h"

#include <string.h>

#include "scheduler/attempt_set.h"
#include "scheduler/due_try.h"
#include "scheduler/lane.h"
#include "scheduler/mailbox.h"

enum { MINUTE_MS = 60 * 1000 };

/* Takes all lanes, and says by the first letters of their receivers in which order. */
static void take_all(struct lane_queue *queue, char ret_order[5])
{
	size_t count = 0;
	while (queue->first != NULL)
		ret_order[count++] = lane_queue_take(queue)->receiver[0];
	ret_order[count] = '\0';
}

static void lanes_that_the_last_turns_did_not_come_to_are_next(void **state)
{
	(void)state;
	static const struct {
		uint64_t begun;
		const char *order;
	} cases[] = { { 0, "abcd" }, { 1, "bcda" }, { 3, "dabc" }, { 4, "abcd" }, { 9, "bcda" } };
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct lane lanes[] = { { .receiver = "a" }, { .receiver = "b" },
			{ .receiver = "c" }, { .receiver = "d" } };
		struct lane_queue queue;
		char order[5];
		lane_queue_init(&queue);
		for (size_t k = 0; k < COUNT_OF(lanes); k++)
			lane_queue_append(&queue, &lanes[k]);
		lane_queue_rotate(&queue, cases[i].begun);
		take_all(&queue, order);
		assert_string_equal(order, cases[i].order);
	}
}

static void a_queue_of_lanes_can_be_empty_and_filled_again(void **state)
{
	(void)state;
	struct lane one = { .receiver = "a" }, other = { .receiver = "b" };
	struct lane_queue queue;
	char order[5];
	lane_queue_init(&queue);
	lane_queue_rotate(&queue, 7);
	assert_null(queue.first);
	lane_queue_append(&queue, &one);
	assert_ptr_equal(lane_queue_take(&queue), &one);
	assert_null(queue.first);
	lane_queue_append(&queue, &other);
	lane_queue_append(&queue, &one);
	take_all(&queue, order);
	assert_string_equal(order, "ba");
}

static void a_queue_takes_in_another_one(void **state)
{
	(void)state;
	struct lane lanes[] = { { .receiver = "a" }, { .receiver = "b" }, { .receiver = "c" } };
	struct lane_queue queue, other;
	char order[5];
	lane_queue_init(&queue);
	lane_queue_init(&other);
	lane_queue_append_all(&queue, &other);
	assert_int_equal(queue.count, 0);
	lane_queue_append(&queue, &lanes[0]);
	lane_queue_append(&other, &lanes[1]);
	lane_queue_append(&other, &lanes[2]);
	lane_queue_append_all(&queue, &other);
	assert_int_equal(queue.count, 3);
	assert_null(other.first);
	lane_queue_append(&other, lane_queue_take(&queue));
	assert_int_equal(other.count, 1);
	take_all(&queue, order);
	assert_string_equal(order, "bc");
}

static void attempts_are_found_by_their_work(void **state)
{
	(void)state;
	enum { COUNT = 3 * ATTEMPT_BUCKETS };
	static struct attempt attempts[COUNT];
	struct attempt_set set = { 0 };
	assert_null(attempt_set_next(&set, NULL));
	for (size_t i = 0; i < COUNT; i++) {
		attempts[i].due.id = (int64_t)i + 1;
		attempt_set_add(&set, &attempts[i]);
	}
	for (size_t i = 0; i < COUNT; i += 2)
		attempt_set_remove(&set, &attempts[i]);
	for (size_t i = 0; i < COUNT; i++)
		assert_int_equal(attempt_set_has(&set, (int64_t)i + 1), i % 2 == 1);
	assert_false(attempt_set_has(&set, COUNT + 1));
	size_t seen = 0;
	for (const struct attempt *each = NULL; (each = attempt_set_next(&set, each)) != NULL;)
		seen += each->due.id % 2 == 0;
	assert_int_equal(seen, COUNT / 2);
	assert_int_equal(set.count, COUNT / 2);
}

static void lanes_share_the_room(void **state)
{
	(void)state;
	assert_int_equal(lane_share(64, 1), 64);
	assert_int_equal(lane_share(64, 3), 21);
	assert_int_equal(lane_share(64, 64), 1);
	assert_int_equal(lane_share(64, 1000), 1);
	assert_int_equal(lane_share(64, 0), 1);
	assert_int_equal(lane_share(1, 2), 1);
}

static void work_is_tried_the_more_rarely_the_longer_it_has_failed(void **state)
{
	(void)state;
	assert_int_equal(due_delay_ms(-5), MINUTE_MS);
	assert_int_equal(due_delay_ms(0), MINUTE_MS);
	assert_int_equal(due_delay_ms(MINUTE_MS + 1), MINUTE_MS + 1);
	assert_int_equal(due_delay_ms(10 * MINUTE_MS), 10 * MINUTE_MS);
	assert_int_equal(due_delay_ms(61 * MINUTE_MS), 60 * MINUTE_MS);
}

struct letter {
	struct mail mail;
	char *sheet; /* where it is written down that it was taken */
	char name;
};

static void take_letter(void *closure)
{
	const struct letter *letter = closure;
	letter->sheet[strlen(letter->sheet)] = letter->name;
}

static void mail_is_taken_in_the_order_in_which_it_came(void **state)
{
	(void)state;
	char sheet[5] = "";
	struct letter a = { .sheet = sheet, .name = 'a' }, b = { .sheet = sheet, .name = 'b' };
	struct letter c = { .sheet = sheet, .name = 'c' };
	struct sender *sender = sender_new(false);
	struct mailbox mailbox;
	mailbox_init(&mailbox, sender);
	mailbox_post(&mailbox, &a.mail, take_letter, &a);
	assert_true(mailbox_post_request(&mailbox, &b.mail, take_letter, &b));
	mailbox_take(&mailbox);
	assert_string_equal(sheet, "ab");
	mailbox_close(&mailbox);
	mailbox_post(&mailbox, &c.mail, take_letter, &c);
	assert_false(mailbox_post_request(&mailbox, &b.mail, take_letter, &b));
	mailbox_post(&mailbox, &a.mail, take_letter, &a);
	mailbox_take(&mailbox);
	assert_string_equal(sheet, "abca");
	mailbox_take(&mailbox);
	assert_string_equal(sheet, "abca");
	mailbox_done(&mailbox);
	sender_free(sender);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lanes_that_the_last_turns_did_not_come_to_are_next),
		cmocka_unit_test(a_queue_of_lanes_can_be_empty_and_filled_again),
		cmocka_unit_test(a_queue_takes_in_another_one),
		cmocka_unit_test(lanes_share_the_room),
		cmocka_unit_test(attempts_are_found_by_their_work),
		cmocka_unit_test(work_is_tried_the_more_rarely_the_longer_it_has_failed),
		cmocka_unit_test(mail_is_taken_in_the_order_in_which_it_came),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
