/* SPDX-License-Identifier: MIT */
/* What may be called: http and https URLs, as RFC 3986, libcurl and java.net.URI agree on them. */
#ifndef UTIL_URL_H
#define UTIL_URL_H

#include <stdbool.h>

/*
 * True for an http or https URL of at most 2048 bytes that libcurl can call and that java.net.URI,
 * which twilio-java reads every page of a list with, takes: a host that is a name, an IPv4 address
 * or an IPv6 one in brackets; a port of 1 to 65535 if any; `%` before two hexadecimal digits only;
 * no blanks and no other byte that no URL may hold. Letters beyond ASCII may stand behind the host,
 * where the sender escapes them; a host's name with such letters is to be given in its ASCII form
 * (`xn--…`), which is what is signed and sent. `text` is valid UTF-8.
 */
bool url_is_web(const char *text);

/* True when nothing stands between a web URL's host and its query, fragment or end. */
bool url_has_no_path(const char *url);

#endif
