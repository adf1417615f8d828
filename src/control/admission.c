/* SPDX-License-Identifier: MIT */
#include "control/admission.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "control/control.h"
#include "engine/account.h"
#include "model/sid.h"
#include "request/authenticate.h"
#include "request/form.h"
#include "util/host.h"
#include "util/secret.h"

static bool is_allowed(const struct emulator *emulator, const char *host)
{
	for (size_t i = 0; i < emulator->allowed_host_count; i++) {
		if (strcasecmp(emulator->allowed_hosts[i], host) == 0)
			return true;
	}
	return false;
}

/* A name that somebody else's DNS cannot have pointed at us. */
static bool is_own_host(const struct request *request)
{
	const struct emulator *emulator = request->emulator;
	const char *authority = request->host;
	char host[256];
	unsigned char address[16];
	if (authority == NULL || !host_of(authority, host, sizeof(host)))
		return false;
	return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1 ||
	       strcasecmp(host, "localhost") == 0 ||
	       (emulator->listen_host != NULL && strcasecmp(host, emulator->listen_host) == 0) ||
	       (emulator->public_host != NULL && strcasecmp(host, emulator->public_host) == 0) ||
	       is_allowed(emulator, host);
}

/* A browser names the page that a request is for. Only our own may be. */
static bool is_own_page(const struct request *request)
{
	const char *page = request->page_origin;
	return page == NULL || strcasecmp(page, request->origin) == 0;
}

/* Webhooks, our own among them, come from this machine, too: whoever may choose a webhook's URL
 * must not speak as the operator through it. */
static bool is_webhook(const struct request *request)
{
	return request->signature != NULL ||
	       (request->user_agent != NULL && strcmp(request->user_agent, "TwilioProxy/1.1") == 0);
}

/* While there is no admin token, anybody on this machine is the operator. */
static bool is_local_operator(const struct request *request)
{
	return request->authorization == NULL && request->emulator->admin_token == NULL &&
	       request->peer_is_loopback && !is_webhook(request);
}

static struct api_error identify(struct request *request)
{
	const struct emulator *emulator = request->emulator;
	const char *authorization = request->authorization;
	if (is_local_operator(request)) {
		request->is_operator = true;
		return error_none();
	}
	if (authorization != NULL && strncasecmp(authorization, "Bearer ", 7) == 0) {
		request->is_operator = emulator->admin_token != NULL &&
				       secret_matches(emulator->admin_token, authorization + 7);
		if (request->is_operator)
			return error_none();
		request->caller.refusal = emulator->admin_token != NULL ? "the admin token is wrong"
									: "there is no admin token";
		return control_error(CONTROL_ADMIN_TOKEN, NULL);
	}
	return authenticate(emulator->registry, authorization, &request->arena,
		request->credentials, &request->caller);
}

struct api_error control_admit_again(struct request *request, struct context *context)
{
	struct caller caller = { 0 };
	if (request->is_operator)
		return error_none();
	const struct api_error error = authenticate(request->emulator->registry,
		request->authorization, &request->arena, NULL, &caller);
	if (is_error(error))
		return error;
	if (strcmp(caller.account_sid, request->caller.account_sid) != 0)
		return control_error(CONTROL_OTHER_ACCOUNT, NULL);
	return account_check_caller(context, &caller);
}

/* Whether all accounts are meant, where that can be. */
static struct api_error read_all(struct request *request)
{
	const char *all = control_query(request, "all");
	const struct route *route = request->route;
	if (all == NULL || route == NULL || (request->is_operator && strcmp(all, "false") == 0))
		return error_none();
	if (!route->operation->takes_all)
		return control_error(CONTROL_ONE_ACCOUNT, "all");
	if (!request->is_operator)
		return control_error(CONTROL_ALL_ACCOUNTS, "all");
	request->all_accounts = strcmp(all, "true") == 0;
	if (request->all_accounts)
		return error_none();
	struct api_error error = control_error(CONTROL_VALUE, "all");
	error.hint = "?all=true or ?all=false";
	return error;
}

/* Whether an operation needs an account, and finds one that has ended. */
static bool is_gone(const struct request *request, const char *account_sid)
{
	return request->route != NULL && request->route->operation->account != ACCOUNT_ANY &&
	       !request->route->operation->revives &&
	       registry_has_ended(request->emulator->registry, account_sid);
}

/* The account that the call is about: the caller's, or the one that the operator names (NULL: he
 * names none). */
static struct api_error use_account(struct request *request, const char *named)
{
	struct caller *caller = &request->caller;
	if (named == NULL)
		return error_none();
	if (!sid_has_form(named, "AC"))
		return control_error(CONTROL_NO_ACCOUNT_SID, "account");
	if (request->all_accounts)
		return control_error(CONTROL_ONE_OR_ALL, "all");
	if (!request->is_operator)
		return strcmp(named, caller->account_sid) == 0
			       ? error_none()
			       : control_error(CONTROL_OTHER_ACCOUNT, "account");
	if (is_gone(request, named))
		return account_ended_error(&request->arena);
	caller->account_sid = named;
	caller->namespace = registry_namespace(request->emulator->registry, named, &request->arena);
	return caller->namespace != NULL ? error_none() : error_internal();
}

static struct api_error find_account(struct request *request)
{
	struct api_error error = control_check_query(request);
	if (!is_error(error))
		error = read_all(request);
	return !is_error(error) ? use_account(request, control_query(request, "account")) : error;
}

static struct api_error refuse_host(struct request *request)
{
	struct api_error error = control_error(CONTROL_FOREIGN_HOST, NULL);
	char host[256];
	if (request->host != NULL && host_of(request->host, host, sizeof(host)))
		error.hint = arena_format(&request->arena,
			"start it with --allow-host %s, or with --public-url %.*s://%s when URLs "
			"in answers are to have it; addresses and localhost are always let in",
			host, (int)(strstr(request->origin, "://") - request->origin),
			request->origin, request->host);
	return error;
}

struct api_error control_admit_host(struct request *request)
{
	return is_own_host(request) ? error_none() : refuse_host(request);
}

/* Whether it comes from where calls may come from. */
static struct api_error check_source(struct request *request)
{
	const struct api_error error = control_admit_host(request);
	if (is_error(error))
		return error;
	return is_own_page(request) ? error_none() : control_error(CONTROL_FOREIGN_PAGE, NULL);
}

struct api_error control_admit(struct request *request, bool open)
{
	struct api_error error = check_source(request);
	if (is_error(error))
		return error;
	/* A sink takes whatever query its webhooks have. */
	if (open)
		return request->route != NULL && !request->route->operation->any_query
			       ? control_check_query(request)
			       : error_none();
	error = identify(request);
	if (!is_error(error))
		error = find_account(request);
	if (is_error(error) || request->route == NULL)
		return error;
	if (request->route->operation->operator_only && !request->is_operator)
		return control_error(CONTROL_OPERATOR_ONLY, NULL);
	if (request->route->operation->account == ACCOUNT_ANY ||
		request->caller.account_sid != NULL || request->all_accounts)
		return error_none();
	return control_error(CONTROL_WHICH_ACCOUNT, "account");
}

/* May be called twice for a request: what was cut out of its query has done its work by then. */
struct api_error control_admit_v1(struct request *request, bool open)
{
	struct api_error error = check_source(request);
	(void)open; /* nothing of /v1 is */
	if (!is_error(error))
		error = identify(request);
	if (!is_error(error))
		error = use_account(request, control_query(request, "account"));
	if (!is_error(error) && request->caller.account_sid == NULL)
		error = control_error(CONTROL_WHICH_ACCOUNT, "account");
	if (!is_error(error))
		form_cut(request_query(request), "account");
	return error;
}
