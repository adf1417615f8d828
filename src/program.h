/* SPDX-License-Identifier: MIT */
/* The server as a whole: what it consists of, started in order and stopped in reverse. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "device/udp.h"
#include "http/server.h"
#include "options.h"
#include "seed/seed.h"

/* All that runs, so that one function can take it down from any point of the start. */
struct program {
	struct config config;
	struct policy policy;
	struct seed *seed;
	struct listener listener;
	struct store *store;
	struct registry *registry;
	struct watch watch;
	struct emulator emulator;
	struct server *server;
	int device_socket; /* -1: not open */
	char device_address[UDP_ADDRESS_SIZE];
	char listen_host[256], public_host[256];
	struct strbuf certificates; /* of --webhook-ca */
	bool port_file_written;
};

/* Makes one of which nothing runs. Its `config` is the caller's to fill. */
void program_init(struct program *program);

/* Starts everything that `config` asks for. False with `failure`: what had been started by then is
 * left to program_stop. */
bool program_start(struct program *program, struct failure *failure);

/* Tells the log what was started. */
void program_tell_start(const struct program *program);

/* Stops whatever runs, within --grace, and frees it, the configuration too. */
void program_stop(struct program *program);

#endif
