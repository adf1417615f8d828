/* SPDX-License-Identifier: MIT */
/*
 * What the transaction changed so far. A job notes it while it writes; what is undone is forgotten,
 * and the writer's observer is told the rest when it is durable (store/writer.h).
 */
#ifndef STORE_CHANGES_H
#define STORE_CHANGES_H

#include "model/change.h"
#include "store/store.h"

/* Of one batch: if there are more, the rest is not told one by one. */
enum { CHANGES_MAXIMUM = 4096 };

/* Notes one more change in the account that has this namespace, which the caller then describes.
 * NULL when CHANGES_MAXIMUM were noted; and without memory, which fails the job. */
struct change *store_note_change(struct store_connection *connection, const char *namespace);

#endif
