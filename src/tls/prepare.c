/* SPDX-License-Identifier: MIT */
#include "tls/prepare.h"

#include <openssl/crypto.h>

bool openssl_prepare(struct failure *failure)
{
	return OSSL_LIB_CTX_get0_global_default() != NULL ||
	       failure_set(failure, EX_OSERR, "out of memory");
}
