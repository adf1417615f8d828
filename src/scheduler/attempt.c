/* SPDX-License-Identifier: MIT */
#include "scheduler/attempt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/account.h"
#include "engine/engine.h"
#include "util/clock.h"
#include "util/count.h"
#include "util/log.h"
#include "util/redact.h"

static const char *keep(struct arena *arena, const char *text)
{
	return arena_copy(arena, text, strlen(text));
}

/* Copies what the transfer needs. False without memory. */
static bool fill(struct attempt *attempt, const struct store_due *due,
	const struct delivery *delivery, const char *auth_token)
{
	struct arena *arena = &attempt->arena;
	struct transfer *transfer = &attempt->transfer;
	attempt->due = *due;
	attempt->due.namespace = keep(arena, due->namespace);
	attempt->due.receiver = keep(arena, due->receiver);
	attempt->due.kind = DUE_WEBHOOK_ATTEMPT;
	attempt->due.subject_sid = keep(arena, delivery->sid);
	transfer->method = delivery->method == CALLBACK_GET ? "GET" : "POST";
	transfer->url = keep(arena, delivery->url);
	transfer->form = keep(arena, delivery->form);
	transfer->idempotency_token = keep(arena, delivery->idempotency_token);
	transfer->auth_token = keep(arena, auth_token);
	attempt->event = keep(arena, delivery->event);
	attempt->fleet_sid = delivery->fleet_sid != NULL ? keep(arena, delivery->fleet_sid) : NULL;
	return attempt->due.namespace != NULL && attempt->due.receiver != NULL &&
	       attempt->due.subject_sid != NULL && transfer->url != NULL &&
	       transfer->form != NULL && transfer->idempotency_token != NULL &&
	       transfer->auth_token != NULL && attempt->event != NULL &&
	       (attempt->fleet_sid != NULL || delivery->fleet_sid == NULL);
}

struct api_error attempt_load(
	struct context *context, const struct store_due *due, struct attempt **ret_attempt)
{
	struct delivery delivery;
	const char *auth_token;
	*ret_attempt = NULL;
	struct api_error error =
		engine_fetch(context, &delivery_resource, due->subject_sid, &delivery);
	if (error.status == 404)
		return error_none();
	if (!is_error(error))
		error = account_auth_token(context, &auth_token);
	if (is_error(error))
		return error;
	struct attempt *attempt = calloc(1, sizeof(*attempt));
	if (attempt == NULL)
		return error_internal();
	arena_init(&attempt->arena);
	attempt->incarnation = context->incarnation;
	if (!fill(attempt, due, &delivery, auth_token)) {
		attempt_free(attempt);
		return error_internal();
	}
	*ret_attempt = attempt;
	return error_none();
}

void attempt_free(struct attempt *attempt)
{
	if (attempt == NULL)
		return;
	transfer_done(&attempt->transfer);
	arena_done(&attempt->arena);
	free(attempt);
}

void attempt_fail(struct attempt *attempt)
{
	attempt->transfer.result = TRANSFER_BROKEN;
	if (attempt->transfer.error[0] == '\0')
		snprintf(attempt->transfer.error, sizeof(attempt->transfer.error),
			"the request could not be made");
}

/* A buffer's text; one that was never filled is empty. */
static const char *text_of(const struct strbuf *buffer)
{
	return buffer->data != NULL ? buffer->data : "";
}

static const char *result_of(const struct transfer *transfer)
{
	if (transfer->result != TRANSFER_ANSWERED)
		return transfer_result_name(transfer->result);
	return transfer->status >= 200 && transfer->status < 300 ? "delivered" : "status";
}

struct api_error attempt_record(struct attempt *attempt, struct context *context)
{
	const struct transfer *transfer = &attempt->transfer;
	struct delivery_attempt record = {
		.result = result_of(transfer),
		.error = transfer->error[0] != '\0' ? transfer->error : NULL,
		.fault = attempt->fault.id[0] != '\0' ? attempt->fault.id : NULL,
		.request_url = text_of(&transfer->sent_url),
		.request_headers = text_of(&transfer->sent_headers),
		.request_body = strcmp(transfer->method, "POST") == 0 ? transfer->form : NULL,
		.signature = transfer->signature,
		.signed_text = text_of(&transfer->signed_text),
		.peer = transfer->peer[0] != '\0' ? transfer->peer : NULL,
		.status = transfer->status,
		.answer_headers = transfer->status != 0 ? text_of(&transfer->answer_headers) : NULL,
		.answer_body = transfer->status != 0 ? text_of(&transfer->answer_body) : NULL,
		.answer_cut = transfer->answer_cut,
		.lookup_us = transfer->lookup_us,
		.connect_us = transfer->connect_us,
		.first_byte_us = transfer->first_byte_us,
		.total_us = transfer->total_us,
	};
	const enum store_result removed = store_remove_due(context->connection, &attempt->due);
	if (removed != STORE_OK)
		return error_internal();
	const struct api_error error = delivery_record_attempt(context, attempt->due.subject_sid,
		&record, transfer->read_timed_out, &attempt->delivery);
	attempt->outcome = (struct due_outcome){ record.result, (int)record.error_code };
	return error;
}

void attempt_complain(struct attempt *attempt)
{
	const struct delivery *delivery = &attempt->delivery;
	const struct transfer *transfer = &attempt->transfer;
	const bool again = delivery->state == DELIVERY_PENDING;
	char next[CLOCK_TEXT_SIZE];
	if (delivery->sid == NULL || delivery->state == DELIVERY_DELIVERED)
		return;
	clock_format(delivery->next_attempt, next);
	const struct log_field fields[] = {
		log_text("account", account_sid_of(&attempt->arena, attempt->due.namespace)),
		log_text("event", delivery->event),
		log_text("subject", delivery->subject_sid),
		log_text("url", redact_url(&attempt->arena, delivery->url)),
		log_text("result", attempt->outcome.result),
		log_number_if_any("status", transfer->status),
		log_text("error", transfer->error[0] != '\0' ? transfer->error : NULL),
		log_number_if_any("code", delivery->error_code),
		log_number("attempt", delivery->attempt_count),
		log_text("next_attempt", again ? next : NULL),
		log_text("delivery", delivery->sid),
	};
	log_fields(again ? LOG_INFO : LOG_WARNING,
		again ? "a webhook failed, and will be sent again"
		      : "a webhook failed, and will not be sent again",
		fields, COUNT_OF(fields));
}
