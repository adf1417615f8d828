/* SPDX-License-Identifier: MIT */
#include "device/udp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "util/log.h"

bool udp_parse(const char *text, bool any_port, struct sockaddr_in *ret_address)
{
	char host[INET_ADDRSTRLEN];
	const char *colon = strchr(text, ':');
	const size_t length = colon != NULL ? (size_t)(colon - text) : sizeof(host);
	if (length >= sizeof(host))
		return false;
	const char *digits = colon + 1;
	const size_t count = strspn(digits, "0123456789");
	const long port = strtol(digits, NULL, 10);
	if (count == 0 || count > 5 || digits[count] != '\0' || port > 65535 ||
		(port == 0 && !any_port))
		return false;
	memcpy(host, text, length);
	host[length] = '\0';
	*ret_address =
		(struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	return inet_pton(AF_INET, host, &ret_address->sin_addr) == 1;
}

void udp_format(const struct sockaddr_in *address, char ret_text[UDP_ADDRESS_SIZE])
{
	char host[INET_ADDRSTRLEN] = "0.0.0.0";
	if (inet_ntop(AF_INET, &address->sin_addr, host, sizeof(host)) == NULL)
		log_line(LOG_ERROR, "an IPv4 address cannot be written");
	snprintf(ret_text, UDP_ADDRESS_SIZE, "%s:%u", host, ntohs(address->sin_port));
}

int udp_open(const char *address, char ret_address[UDP_ADDRESS_SIZE], struct failure *failure)
{
	struct sockaddr_in wanted = { .sin_family = AF_INET };
	socklen_t size = sizeof(wanted);
	if (address != NULL && !udp_parse(address, true, &wanted)) {
		failure_set(failure, EX_USAGE, "%s is no IPv4 address and port", address);
		return -1;
	}
	const int opened = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const bool bound = opened >= 0 &&
			   (address == NULL ||
				   bind(opened, (struct sockaddr *)&wanted, sizeof(wanted)) == 0) &&
			   getsockname(opened, (struct sockaddr *)&wanted, &size) == 0;
	if (!bound) {
		failure_set(failure, EX_UNAVAILABLE, "cannot listen for devices on %s: %s",
			address != NULL ? address : "any port", strerror(errno));
		if (opened >= 0)
			close(opened);
		return -1;
	}
	if (ret_address != NULL)
		udp_format(&wanted, ret_address);
	return opened;
}

void udp_send(int socket, const char *address, const char *bytes, size_t length)
{
	struct sockaddr_in target;
	if (!udp_parse(address, false, &target) ||
		sendto(socket, bytes, length, MSG_NOSIGNAL, (struct sockaddr *)&target,
			sizeof(target)) < 0)
		log_line(LOG_WARNING, "a datagram to the device %s was lost: %s", address,
			strerror(errno));
}

bool udp_receive(int socket, char *bytes, size_t size, size_t *ret_length,
	char ret_address[UDP_ADDRESS_SIZE])
{
	struct sockaddr_in from = { 0 };
	socklen_t from_size = sizeof(from);
	const ssize_t received =
		recvfrom(socket, bytes, size, MSG_TRUNC, (struct sockaddr *)&from, &from_size);
	if (received < 0)
		return false;
	*ret_length = (size_t)received;
	udp_format(&from, ret_address);
	return true;
}
