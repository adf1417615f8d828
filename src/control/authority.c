/* SPDX-License-Identifier: MIT */
/* Whom TLS clients are to trust: no secret, so that anybody may ask. */
#include "control/control.h"
#include "tls/trust.h"

#define PEM_TYPE "application/x-pem-file"

/* Begins an answer that is made of our own authority, if there is one. */
static struct api_error begin(
	struct request *request, const char *content_type, const struct strbuf **ret_authority)
{
	const struct identity *identity = request->emulator->identity;
	if (identity == NULL)
		return control_error(CONTROL_NO_AUTHORITY, NULL);
	request->reply.content_type = content_type;
	*ret_authority = &identity->authority;
	return error_none();
}

static struct api_error run_authority(struct request *request, struct context *context)
{
	const struct strbuf *authority;
	const struct api_error error = begin(request, PEM_TYPE, &authority);
	(void)context;
	if (!is_error(error))
		strbuf_add(&request->reply.body, authority->data, authority->length);
	return error;
}

static struct api_error run_bundle(struct request *request, struct context *context)
{
	const struct strbuf *authority;
	const struct api_error error = begin(request, PEM_TYPE, &authority);
	(void)context;
	if (is_error(error))
		return error;
	switch (trust_bundle(authority, &request->reply.body)) {
	case TRUST_GOOD: return error_none();
	case TRUST_NO_SYSTEM_ROOTS: return control_error(CONTROL_NO_ROOTS, NULL);
	case TRUST_NO_MEMORY: break;
	}
	return error_internal();
}

static struct api_error run_java_store(struct request *request, struct context *context)
{
	const struct strbuf *authority;
	const struct api_error error = begin(request, "application/x-pkcs12", &authority);
	(void)context;
	if (is_error(error))
		return error;
	return trust_java_store(authority, &request->reply.body) ? error_none() : error_internal();
}

const struct operation control_show_authority = {
	.parse = control_parse_nothing, .run = run_authority, .status = 200, .account = ACCOUNT_ANY
};

const struct operation control_show_bundle = {
	.parse = control_parse_nothing, .run = run_bundle, .status = 200, .account = ACCOUNT_ANY
};

const struct operation control_show_java_store = {
	.parse = control_parse_nothing, .run = run_java_store, .status = 200, .account = ACCOUNT_ANY
};
