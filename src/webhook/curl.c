/* SPDX-License-Identifier: MIT */
#include "webhook/curl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "util/count.h"

#define CURL_SONAME "libcurl.so.4"

struct curl_functions curl;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static bool is_open;

/* ── the note ────────────────────────────────────────────────────────────────────────────── */

#define NOTE_OWNER "FDO"
#define NOTE_TEXT                                                                                  \
	"[{\"feature\":\"webhooks\",\"description\":\"Sends webhooks; calls a server that runs\"," \
	"\"priority\":\"recommended\",\"soname\":[\"" CURL_SONAME "\"]}]"

/* Says what the linker does not know: which library is opened later, and what for. In the form of
 * https://systemd.io/ELF_DLOPEN_METADATA/. */
static const struct {
	uint32_t owner_size, text_size, type;
	char owner[sizeof(NOTE_OWNER)];
	_Alignas(uint32_t) char text[sizeof(NOTE_TEXT)];
} note __attribute__((used, section(".note.dlopen"), aligned(4))) = {
	.owner_size = sizeof(NOTE_OWNER),
	.text_size = sizeof(NOTE_TEXT),
	.type = 0x407c0c0a,
	.owner = NOTE_OWNER,
	.text = NOTE_TEXT,
};

/* ── the functions ───────────────────────────────────────────────────────────────────────── */

#define ROW_OF(name) "curl_" #name, offsetof(struct curl_functions, name)

static const struct {
	const char *symbol;
	size_t place; /* in struct curl_functions */
} functions[] = {
	{ ROW_OF(easy_cleanup) },
	{ ROW_OF(easy_getinfo) },
	{ ROW_OF(easy_init) },
	{ ROW_OF(easy_perform) },
	{ ROW_OF(easy_setopt) },
	{ ROW_OF(easy_strerror) },
	{ ROW_OF(global_cleanup) },
	{ ROW_OF(global_init) },
	{ ROW_OF(multi_add_handle) },
	{ ROW_OF(multi_cleanup) },
	{ ROW_OF(multi_info_read) },
	{ ROW_OF(multi_init) },
	{ ROW_OF(multi_perform) },
	{ ROW_OF(multi_poll) },
	{ ROW_OF(multi_remove_handle) },
	{ ROW_OF(slist_append) },
	{ ROW_OF(slist_free_all) },
};

_Static_assert(COUNT_OF(functions) == sizeof(struct curl_functions) / sizeof(void (*)(void)),
	"each function has its row");

/* The library stays open until the process ends: what it has registered may still be called. */
static bool open_library(void)
{
	void *library = dlopen(CURL_SONAME, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (library == NULL)
		return false;
	for (size_t i = 0; i < COUNT_OF(functions); i++) {
		/* As POSIX has it: dlsym gives functions as pointers to data. */
		void **place = (void **)(void *)((char *)&curl + functions[i].place);
		*place = dlsym(library, functions[i].symbol);
		if (*place == NULL)
			return false;
	}
	return true;
}

bool curl_open(char ret_reason[CURL_REASON_SIZE])
{
	pthread_mutex_lock(&mutex);
	if (!is_open) {
		is_open = open_library();
		if (!is_open)
			snprintf(ret_reason, CURL_REASON_SIZE, "%s", dlerror());
	}
	const bool opened = is_open;
	pthread_mutex_unlock(&mutex);
	return opened;
}
