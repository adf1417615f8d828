/* SPDX-License-Identifier: MIT */
/* Certificates of authorities, as text in PEM. */
#ifndef WEBHOOK_CERTIFICATES_H
#define WEBHOOK_CERTIFICATES_H

#include <stdbool.h>
#include <stddef.h>

/* True when a text holds at least one certificate, and each that begins can be read. */
bool certificates_are_good(const char *text, size_t length);

#endif
