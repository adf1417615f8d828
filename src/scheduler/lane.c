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
	queue->count++;
}

void lane_queue_append_all(struct lane_queue *queue, struct lane_queue *from)
{
	while (from->first != NULL)
		lane_queue_append(queue, lane_queue_take(from));
}

struct lane *lane_queue_take(struct lane_queue *queue)
{
	struct lane *lane = queue->first;
	queue->first = lane->next;
	if (queue->first == NULL)
		queue->last_link = &queue->first;
	queue->count--;
	return lane;
}

void lane_queue_rotate(struct lane_queue *queue, uint64_t begun)
{
	for (size_t i = 0; queue->count > 0 && i < begun % queue->count; i++)
		lane_queue_append(queue, lane_queue_take(queue));
}

size_t lane_share(size_t room, size_t count)
{
	return count > 0 && count < room ? room / count : 1;
}
