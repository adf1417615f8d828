/* SPDX-License-Identifier: MIT */
#include "scheduler/lane.h"

void lane_queue_init(struct lane_queue *queue)
{
	*queue = (struct lane_queue){ .last_link = &queue->first };
}

void lane_queue_append(struct lane_queue *queue, struct lane *lane)
{
	lane->next = NULL;
	*queue->last_link = lane;
	queue->last_link = &lane->next;
}

struct lane *lane_queue_take(struct lane_queue *queue)
{
	struct lane *lane = queue->first;
	queue->first = lane->next;
	if (queue->first == NULL)
		queue->last_link = &queue->first;
	return lane;
}

void lane_queue_rotate(struct lane_queue *queue, size_t count, uint64_t begun)
{
	for (size_t i = 0; count > 0 && i < begun % count; i++)
		lane_queue_append(queue, lane_queue_take(queue));
}

size_t lane_share(size_t room, size_t count)
{
	return count > 0 && count < room ? room / count : 1;
}
