/* SPDX-License-Identifier: MIT */
/* Whom TLS clients are to trust: no secret, so that anybody may ask. */
#include "control/control.h"
#include "tls/trust.h"

static struct api_error run_authority(struct request *request, struct context *context)
{
	const struct identity *identity = request->emulator->identity;
	(void)context;
	if (identity == NULL)
		return control_error(CONTROL_NO_AUTHORITY, NULL);
	request->reply.content_type = "application/x-pem-file";
	strbuf_add(&request->reply.body, identity->authority.data, identity->authority.length);
	return error_none();
}

static struct api_error run_bundle(struct request *request, struct context *context)
{
	const struct identity *identity = request->emulator->identity;
	(void)context;
	if (identity == NULL)
		return control_error(CONTROL_NO_AUTHORITY, NULL);
	request->reply.content_type = "application/x-pem-file";
	switch (trust_bundle(&identity->authority, &request->reply.body)) {
	case TRUST_GOOD: return error_none();
	case TRUST_NO_SYSTEM_ROOTS: return control_error(CONTROL_NO_ROOTS, NULL);
	case TRUST_NO_MEMORY: break;
	}
	return error_internal();
}

static struct api_error run_java_store(struct request *request, struct context *context)
{
	const struct identity *identity = request->emulator->identity;
	(void)context;
	if (identity == NULL)
		return control_error(CONTROL_NO_AUTHORITY, NULL);
	request->reply.content_type = "application/x-pkcs12";
	return trust_java_store(&identity->authority, &request->reply.body) ? error_none()
									    : error_internal();
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
