/* SPDX-License-Identifier: MIT */
/* What makes keys, certificates and signatures, made ready before any of them is. */
#ifndef TLS_PREPARE_H
#define TLS_PREPARE_H

#include <stdbool.h>

#include "util/failure.h"

/* Prepares OpenSSL, before it is used: where that is for the first time and memory runs out, it
 * crashes. False without memory. */
bool openssl_prepare(struct failure *failure);

#endif
