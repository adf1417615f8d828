/* SPDX-License-Identifier: MIT */
/* An arena of its own for each test that is listed as WITH_ARENA(test). */
#ifndef IN_ARENA_H
#define IN_ARENA_H

#include "unit.h"

#include "util/arena.h"

static struct arena arena;

static int set_up_arena(void **state)
{
	(void)state;
	arena_init(&arena);
	return 0;
}

static int tear_down_arena(void **state)
{
	(void)state;
	arena_done(&arena);
	return 0;
}

#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, set_up_arena, tear_down_arena)

#endif
