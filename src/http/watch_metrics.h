/* SPDX-License-Identifier: MIT */
/* What the journal, faults, streams and waiters count, as Prometheus text. */
#ifndef HTTP_WATCH_METRICS_H
#define HTTP_WATCH_METRICS_H

#include "util/strbuf.h"
#include "watch/watch.h"

void watch_metrics_write(const struct watch *watch, struct strbuf *out);

#endif
