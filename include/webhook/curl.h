/* SPDX-License-Identifier: MIT */
/*
 * libcurl, which is opened when something is first called: it draws in two dozen libraries, and
 * linking them was most of a start. Whoever sends no webhook never has them.
 *
 * Its functions are called as `curl.easy_init()`. What packages the program learns of it from a
 * note in the binary (src/webhook/curl.c).
 */
#ifndef WEBHOOK_CURL_H
#define WEBHOOK_CURL_H

#include <curl/curl.h>
#include <stdbool.h>

/* Those that we use, by their names without curl_. */
struct curl_functions {
	__typeof__(curl_easy_cleanup) *easy_cleanup;
	__typeof__(curl_easy_getinfo) *easy_getinfo;
	__typeof__(curl_easy_init) *easy_init;
	__typeof__(curl_easy_perform) *easy_perform;
	__typeof__(curl_easy_setopt) *easy_setopt;
	__typeof__(curl_easy_strerror) *easy_strerror;
	__typeof__(curl_global_cleanup) *global_cleanup;
	__typeof__(curl_global_init) *global_init;
	__typeof__(curl_multi_add_handle) *multi_add_handle;
	__typeof__(curl_multi_cleanup) *multi_cleanup;
	__typeof__(curl_multi_info_read) *multi_info_read;
	__typeof__(curl_multi_init) *multi_init;
	__typeof__(curl_multi_perform) *multi_perform;
	__typeof__(curl_multi_poll) *multi_poll;
	__typeof__(curl_multi_remove_handle) *multi_remove_handle;
	__typeof__(curl_slist_append) *slist_append;
	__typeof__(curl_slist_free_all) *slist_free_all;
};

/* To be used by who has called curl_open. */
extern struct curl_functions curl;

enum { CURL_REASON_SIZE = 256 };

/* Opens libcurl; once it is open, this costs nothing. False with the reason: it is not installed,
 * or there was no memory; the next call tries again. Any thread. */
bool curl_open(char ret_reason[CURL_REASON_SIZE]);

#endif
