/* SPDX-License-Identifier: MIT */
/*
 * An account's life: it springs into being on first use, has a clock, is reset and deleted.
 *
 * A call that changes who may call, or which namespace an account has, does so in the database; the
 * caller then tells the registry (engine/registry.h) once that is durable.
 */
#ifndef ENGINE_ACCOUNT_H
#define ENGINE_ACCOUNT_H

#include "engine/context.h"
#include "engine/registry.h"
#include "store/namespaces.h"

/*
 * Begins a write for an account: sets the context's namespace, clock and time. An account that does
 * not exist is made, but for one that a call had made and that has ended: 20003. `auth_token`, when
 * not NULL and the account's is not checked, is remembered: it signs the account's webhooks.
 */
struct api_error account_enter(
	struct context *context, const char *account_sid, const char *auth_token);

/* The same for who makes accounts: one that has ended is there again. */
struct api_error account_enter_anew(struct context *context, const char *account_sid);

/* What is answered for an account that a call had made and that has ended. */
struct api_error account_ended_error(struct arena *arena);

/* Likewise for work about a namespace, but makes and changes nothing. `ret_current` is false when
 * the account has another one now: the work is void. */
struct api_error account_enter_namespace(
	struct context *context, const char *namespace, bool *ret_current);

/* Likewise for work that was begun in an earlier transaction: its account may have been deleted,
 * swept, and made anew, with the same namespaces. `incarnation` is the context's at that time. */
struct api_error account_enter_incarnation(
	struct context *context, const char *namespace, int64_t incarnation, bool *ret_current);

/* Sets the account's clock, and when its due work wakes. Error: 20409 while it is advanced. */
struct api_error account_set_clock(struct context *context, const struct account_clock *clock);

/* Holds the account's clock at a moment: it stands still, and its due work does not wake by itself,
 * until account_release_clock lets it run on from where it is. `held_before`: it was held, and only
 * moves on. */
struct api_error account_hold_clock(struct context *context, int64_t now_ms, bool held_before);
struct api_error account_release_clock(struct context *context);

/* Releases every clock that a process left held when it died. */
struct api_error accounts_release_clocks(struct context *context);

/* Fetches an account that there is, and that has not ended. Enters nothing. Error: 20404. */
struct api_error account_fetch_living(
	struct context *context, const char *account_sid, struct store_account *ret_account);

/* The account that an API key opens, by the command line or the database; or STORE_NOT_FOUND. */
enum store_result account_find_key_owner(
	struct context *context, const char *key_sid, const char **ret_account_sid);

/* Whether the token or the API key of somebody whom the registry let in still opens the account.
 * Looks at what the writer has not yet committed, too. Error: that of a wrong secret. */
struct api_error account_check_caller(struct context *context, const struct caller *caller);

/* Whether anybody may put something into an account that is not his: nobody checks its token.
 * Looks at what the writer has not yet committed, too. */
struct api_error account_look_open(
	struct context *context, const char *account_sid, bool *ret_open);

/* The AuthToken of the account that the context is in, in the arena. */
struct api_error account_auth_token(struct context *context, const char **ret_token);

/* Gives the account a fresh, empty namespace and real time. The old one's rows go later. One that
 * does not exist is made; one that was ended is there again. */
struct api_error account_reset(struct context *context, const char *account_sid);

/*
 * What an account is to hold, while several transactions write it: nobody sees it, is told of it or
 * woken by it before the last of them, which gives it to the account. All zeros, but for `clock`.
 */
struct account_draft {
	struct store_draft kept;
	struct account_clock clock; /* that the account is to have */
	int64_t now_ms;		 /* by it, when the draft was begun: all that is made is of then */
	int64_t account_made_ms; /* when the account was that there was then; 0: there was none */
};

/* Enters the draft of an account for one of its transactions, beginning it with the first. Whatever
 * becomes of that: account_draft_done ends it. */
struct api_error account_enter_draft(
	struct context *context, const char *account_sid, struct account_draft *draft);

/* Has what is left of a draft swept, unless an account has it. NULL is harmless. Any thread. */
void account_draft_done(struct account_draft *draft);

/* Gives the account its draft in place of all that it holds, and enters it. `revives`: as for
 * account_enter_anew; else an account that has ended is refused as by account_enter, and so is one
 * that a call made since the draft was begun. */
struct api_error account_replace(struct context *context, const char *account_sid,
	const struct account_draft *draft, bool revives);

struct account_request {
	const char *sid;		   /* NULL: made */
	const char *auth_token;		   /* NULL: made */
	int64_t ttl_ms;			   /* 0: for ever */
	const struct account_draft *draft; /* what it is to hold; NULL: nothing */
};

/* Makes up what a request leaves open. Error: 20409 when its SID is in use. */
struct api_error account_check_request(struct context *context, struct account_request *request);

/* Makes an account whose token is checked, and enters it. Checks the request, too. */
struct api_error account_create(struct context *context, struct account_request *request);

/* Ends the account: its records, its token, its API keys. One that a call made is refused from then
 * on, until it is made again. Error: 20404 when there is none. */
struct api_error account_delete(struct context *context, const char *account_sid);

/* The account's SID of a namespace, which begins with it, in the arena. NULL without memory. */
const char *account_sid_of(struct arena *arena, const char *namespace);

#endif
