/* SPDX-License-Identifier: MIT */
#include "webhook/address.h"

#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

struct range4 {
	uint32_t network;
	int bits;
	enum address_verdict verdict;
};

/* The first that matches decides. IANA's special-purpose registry, and known metadata services. */
static const struct range4 ranges4[] = {
	{ 0xA9FE0000, 16,
		ADDRESS_FORBIDDEN }, /* 169.254.0.0: link-local, metadata of most clouds */
	{ 0x646464C8, 32, ADDRESS_FORBIDDEN }, /* 100.100.100.200: metadata */
	{ 0xA83F8110, 32, ADDRESS_FORBIDDEN }, /* 168.63.129.16: metadata */
	{ 0xC0000000, 24, ADDRESS_FORBIDDEN }, /* 192.0.0.0: protocol assignments, metadata */
	{ 0x00000000, 8, ADDRESS_FORBIDDEN },  /* 0.0.0.0: this network */
	{ 0xE0000000, 4, ADDRESS_FORBIDDEN },  /* 224.0.0.0: multicast */
	{ 0xF0000000, 4, ADDRESS_FORBIDDEN },  /* 240.0.0.0: reserved, broadcast */
	{ 0x7F000000, 8, ADDRESS_ALLOWED },    /* 127.0.0.0: loopback */
	{ 0x0A000000, 8, ADDRESS_ALLOWED },    /* 10.0.0.0: private */
	{ 0xAC100000, 12, ADDRESS_ALLOWED },   /* 172.16.0.0: private */
	{ 0xC0A80000, 16, ADDRESS_ALLOWED },   /* 192.168.0.0: private */
};

static enum address_verdict judge4(uint32_t address)
{
	for (size_t i = 0; i < sizeof(ranges4) / sizeof(ranges4[0]); i++) {
		const uint32_t mask = UINT32_MAX << (32 - ranges4[i].bits);
		if ((address & mask) == ranges4[i].network)
			return ranges4[i].verdict;
	}
	return ADDRESS_PUBLIC;
}

static uint32_t number_at(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

static const uint8_t loopback6[16] = { [15] = 1 };

/* The IPv4 address that an IPv6 one carries: mapped, compatible, NAT64, 6to4. */
static bool carries4(const uint8_t *bytes, uint32_t *ret_address)
{
	static const uint8_t mapped[12] = { [10] = 0xFF, [11] = 0xFF };
	static const uint8_t compatible[12] = { 0 };
	static const uint8_t nat64[12] = { 0x00, 0x64, 0xFF, 0x9B };
	if (memcmp(bytes, mapped, 12) == 0 || memcmp(bytes, nat64, 12) == 0 ||
		memcmp(bytes, compatible, 12) == 0) {
		*ret_address = number_at(bytes + 12);
		return true;
	}
	*ret_address = number_at(bytes + 2);
	return bytes[0] == 0x20 && bytes[1] == 0x02;
}

static enum address_verdict judge6(const uint8_t *bytes)
{
	static const uint8_t metadata[16] = { 0xFD, 0x00, 0x0E, 0xC2, [14] = 0x02, [15] = 0x54 };
	uint32_t inner;
	if (memcmp(bytes, loopback6, 16) == 0)
		return ADDRESS_ALLOWED;
	if (memcmp(bytes, metadata, 16) == 0)
		return ADDRESS_FORBIDDEN;
	if (carries4(bytes, &inner))
		return judge4(inner);
	if (bytes[0] == 0xFF || (bytes[0] == 0xFE && (bytes[1] & 0xC0) == 0x80))
		return ADDRESS_FORBIDDEN; /* multicast, link-local */
	if ((bytes[0] & 0xFE) == 0xFC)
		return ADDRESS_ALLOWED; /* fc00::/7: private */
	return ADDRESS_PUBLIC;
}

enum address_verdict address_judge(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET) {
		const struct sockaddr_in *four = (const void *)address;
		return judge4(ntohl(four->sin_addr.s_addr));
	}
	if (address->sa_family == AF_INET6) {
		const struct sockaddr_in6 *six = (const void *)address;
		return judge6(six->sin6_addr.s6_addr);
	}
	return ADDRESS_FORBIDDEN;
}

bool address_is_loopback(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET) {
		const struct sockaddr_in *four = (const void *)address;
		return ntohl(four->sin_addr.s_addr) >> 24 == 127;
	}
	if (address->sa_family != AF_INET6)
		return false;
	const uint8_t *bytes =
		((const struct sockaddr_in6 *)(const void *)address)->sin6_addr.s6_addr;
	uint32_t inner;
	return memcmp(bytes, loopback6, 16) == 0 ||
	       (bytes[10] == 0xFF && carries4(bytes, &inner) && inner >> 24 == 127);
}
