/* SPDX-License-Identifier: MIT */
#include "webhook/address.h"

#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

#include "util/count.h"

/*
 * What clouds serve their machines from: metadata, and credentials with it. Never called, nor is an
 * IPv6 address that carries one of these, wherever a translator may look for it.
 */
struct service4 {
	uint32_t network;
	int bits;
};

static const struct service4 services4[] = {
	{ 0xA9FEA900, 24 }, /* 169.254.169.0: .254 of most clouds, with names and time beside it */
	{ 0xA9FEAA00, 24 }, /* 169.254.170.0: credentials on AWS, .2 of ECS and .23 of EKS */
	{ 0xA9FE0017, 32 }, /* 169.254.0.23: Tencent */
	{ 0xA9FE2A2A, 32 }, /* 169.254.42.42: Scaleway */
	{ 0xA9FE8000, 20 }, /* 169.254.128.0: identities of Azure's app services, .129 to .133 */
	{ 0x646464C8, 32 }, /* 100.100.100.200: Alibaba */
	{ 0x64600060, 32 }, /* 100.96.0.96: Volcano Engine */
	{ 0xA83F8110, 32 }, /* 168.63.129.16: Azure */
	{ 0xC00000C0, 32 }, /* 192.0.0.192: Oracle */
};

struct range4 {
	uint32_t network;
	int bits;
	enum address_verdict verdict;
};

/* The first that matches decides. IANA's special-purpose registry. */
static const struct range4 ranges4[] = {
	{ 0xA9FE0000, 16, ADDRESS_LINK_LOCAL }, /* 169.254.0.0: link-local */
	{ 0xC0000000, 24, ADDRESS_FORBIDDEN },	/* 192.0.0.0: protocol assignments */
	{ 0x00000000, 8, ADDRESS_FORBIDDEN },	/* 0.0.0.0: this network */
	{ 0xE0000000, 4, ADDRESS_FORBIDDEN },	/* 224.0.0.0: multicast */
	{ 0xF0000000, 4, ADDRESS_FORBIDDEN },	/* 240.0.0.0: reserved, broadcast */
	{ 0x7F000000, 8, ADDRESS_ALLOWED },	/* 127.0.0.0: loopback */
	{ 0x0A000000, 8, ADDRESS_ALLOWED },	/* 10.0.0.0: private */
	{ 0xAC100000, 12, ADDRESS_ALLOWED },	/* 172.16.0.0: private */
	{ 0xC0A80000, 16, ADDRESS_ALLOWED },	/* 192.168.0.0: private */
};

static bool is_within4(uint32_t address, uint32_t network, int bits)
{
	return (address & UINT32_MAX << (32 - bits)) == network;
}

static bool is_service4(uint32_t address)
{
	for (size_t i = 0; i < COUNT_OF(services4); i++) {
		if (is_within4(address, services4[i].network, services4[i].bits))
			return true;
	}
	return false;
}

static enum address_verdict judge4(uint32_t address)
{
	if (is_service4(address))
		return ADDRESS_FORBIDDEN;
	for (size_t i = 0; i < COUNT_OF(ranges4); i++) {
		if (is_within4(address, ranges4[i].network, ranges4[i].bits))
			return ranges4[i].verdict;
	}
	return ADDRESS_PUBLIC;
}

struct range6 {
	uint8_t network[16];
	int bits;
	enum address_verdict verdict;
};

/* The first that matches decides. Services are those that clouds document. */
static const struct range6 ranges6[] = {
	{ { 0xFD, 0x00, 0x0E, 0xC2 }, 32, ADDRESS_FORBIDDEN }, /* fd00:ec2::: AWS, ::254 and ::23 */
	{ { 0xFD, 0x20, 0x00, 0xCE, [14] = 0x02, 0x54 }, 128,
		ADDRESS_FORBIDDEN }, /* fd20:ce::254: Google */
	{ { 0xFD, 0x00, 0x00, 0xC1, [12] = 0xA9, 0xFE, 0xA9, 0xFE }, 128,
		ADDRESS_FORBIDDEN }, /* fd00:c1::a9fe:a9fe: Oracle */
	{ { 0xFD, 0x00, 0x00, 0x42, [15] = 0x42 }, 128,
		ADDRESS_FORBIDDEN }, /* fd00:42::42: Scaleway */
	{ { 0xFD, 0x00, 0xA9, 0xFE, 0xA9, 0xFE, [15] = 0x01 }, 128,
		ADDRESS_FORBIDDEN }, /* fd00:a9fe:a9fe::1: Linode */
	{ { 0xFD, 0x00, 0x01, 0x00, [12] = 0x01, 0x00, 0x02, 0x00 }, 128,
		ADDRESS_FORBIDDEN },		    /* fd00:100::100:200: Alibaba */
	{ { [15] = 0x01 }, 128, ADDRESS_ALLOWED },  /* ::1: loopback */
	{ { 0xFC }, 7, ADDRESS_ALLOWED },	    /* fc00::: private */
	{ { 0xFE, 0x80 }, 10, ADDRESS_LINK_LOCAL }, /* fe80::: link-local */
	{ { 0xFF }, 8, ADDRESS_FORBIDDEN },	    /* ff00::: multicast */
};

/* Four bytes of an IPv6 address that may be an IPv4 one; `inverted`: with each bit turned over. */
struct place {
	uint8_t bytes[4];
	bool inverted;
};

/* Where RFC 6052 puts an IPv4 address behind prefixes of 32, 40, 48, 56, 64 and 96 bits (it passes
 * over the eighth byte), where 6to4 has it, and where Teredo has it. IPv4-mapped, -compatible and
 * -translated addresses and ISATAP have it where the prefix of 96 bits does. */
static const struct place places[] = {
	{ { 4, 5, 6, 7 }, false },
	{ { 5, 6, 7, 9 }, false },
	{ { 6, 7, 9, 10 }, false },
	{ { 7, 9, 10, 11 }, false },
	{ { 9, 10, 11, 12 }, false },
	{ { 12, 13, 14, 15 }, false },
	{ { 2, 3, 4, 5 }, false },
	{ { 12, 13, 14, 15 }, true },
};

/* Addresses that stand for an IPv4 one, which is judged in their place. */
struct carrier {
	uint8_t network[16];
	int bits;
	struct place place;
};

enum { MAPPED };

static const struct carrier carriers[] = {
	[MAPPED] = { { [10] = 0xFF, 0xFF }, 96, { { 12, 13, 14, 15 }, false } },
	{ { 0 }, 96, { { 12, 13, 14, 15 }, false } },			   /* compatible */
	{ { [8] = 0xFF, 0xFF }, 96, { { 12, 13, 14, 15 }, false } },	   /* translated */
	{ { 0x00, 0x64, 0xFF, 0x9B }, 96, { { 12, 13, 14, 15 }, false } }, /* NAT64 */
	{ { 0x20, 0x02 }, 16, { { 2, 3, 4, 5 }, false } },		   /* 6to4 */
	{ { 0x20, 0x01, 0x00, 0x00 }, 32, { { 12, 13, 14, 15 }, true } },  /* Teredo */
};

static bool is_within6(const uint8_t *address, const uint8_t *network, int bits)
{
	const size_t whole = (size_t)bits / 8;
	const int rest = bits % 8;
	return memcmp(address, network, whole) == 0 &&
	       (rest == 0 || (address[whole] ^ network[whole]) >> (8 - rest) == 0);
}

static uint32_t number_at(const uint8_t *address, const struct place *place)
{
	uint32_t number = 0;
	for (int i = 0; i < 4; i++)
		number = number << 8 | address[place->bytes[i]];
	return place->inverted ? ~number : number;
}

static bool carries_service(const uint8_t *address)
{
	for (size_t i = 0; i < COUNT_OF(places); i++) {
		if (is_service4(number_at(address, &places[i])))
			return true;
	}
	return false;
}

static enum address_verdict judge6(const uint8_t *address)
{
	if (carries_service(address))
		return ADDRESS_FORBIDDEN;
	for (size_t i = 0; i < COUNT_OF(ranges6); i++) {
		if (is_within6(address, ranges6[i].network, ranges6[i].bits))
			return ranges6[i].verdict;
	}
	for (size_t i = 0; i < COUNT_OF(carriers); i++) {
		if (is_within6(address, carriers[i].network, carriers[i].bits))
			return judge4(number_at(address, &carriers[i].place));
	}
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

bool address_may_be_called(const struct sockaddr *address, bool allow_egress)
{
	const enum address_verdict verdict = address_judge(address);
	return verdict == ADDRESS_ALLOWED || (verdict != ADDRESS_FORBIDDEN && allow_egress);
}

const char *address_refusal(const struct sockaddr *address)
{
	switch (address_judge(address)) {
	case ADDRESS_ALLOWED: break;
	case ADDRESS_PUBLIC: return "the address is public: --allow-egress yes lets it be called";
	case ADDRESS_LINK_LOCAL:
		return "the address is link-local: --allow-egress yes lets it be called";
	case ADDRESS_FORBIDDEN: break;
	}
	return "the address is a metadata service's or no machine's, and never called";
}
