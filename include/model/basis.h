/* SPDX-License-Identifier: MIT */
/* What a piece of behaviour rests on: see docs/fidelity.md. */
#ifndef MODEL_BASIS_H
#define MODEL_BASIS_H

enum basis {
	BASIS_NONE,	  /* the real service has no such thing */
	BASIS_DOCUMENTED, /* Twilio's pages, its OpenAPI file or its error dictionary say so */
	BASIS_OBSERVED,	  /* published recordings, reports or helper libraries show it */
	BASIS_ASSUMED	  /* nobody says: the nearest product's way, or the plainest one */
};

/* "documented", "observed", "assumed"; NULL for BASIS_NONE. */
static inline const char *basis_name(enum basis basis)
{
	static const char *const names[] = { 0, "documented", "observed", "assumed" };
	return names[basis];
}

#endif
