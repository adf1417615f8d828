/* SPDX-License-Identifier: MIT */
/* The server as a whole: what it consists of, started in order and stopped in reverse. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <stdio.h>

#include "device/udp.h"
#include "http/server.h"
#include "options.h"
#include "seed/seed.h"
#include "tls/identity.h"

/* All that runs, so that one function can take it down from any point of the start. */
struct program {
	struct config *config; /* the caller's */
	struct policy policy;
	struct seed *seed;
	struct listener listeners[DOOR_COUNT];
	struct store *store;
	struct store_connection *connection; /* writes; the server's once that has started */
	struct registry *registry;
	struct watch watch;
	struct emulator emulator;
	struct server *server;
	int device_socket; /* -1: not open */
	char device_address[UDP_ADDRESS_SIZE];
	char listen_host[256], public_host[256];
	struct strbuf certificates; /* that webhooks' receivers may be signed by */
	struct identity identity;   /* of TLS */
	bool port_file_written;
};

/* Makes one of which nothing runs yet. */
void program_init(struct program *program, struct config *config);

/* Sets the log up, and tells it which variables are not used. Before threads are started. */
void program_configure_log(const struct program *program);

/* Starts everything that the configuration asks for. False with `failure`: what had been started by
 * then is left to program_stop. */
bool program_start(struct program *program, struct failure *failure);

/* Reads the certificate that --tls names again, for new connections. When it cannot be used, the
 * old one stays, and the log says why. */
void program_reload(struct program *program);

/* Prints the one line that says so, where it can be reached, and tells the log what was started. */
bool program_say_ready(const struct program *program, FILE *out, struct failure *failure);

/* Ends serving, within --grace. The database stays open for whoever wants to look at it. */
void program_halt(struct program *program);

/* Stops whatever runs, and frees it. */
void program_stop(struct program *program);

#endif
