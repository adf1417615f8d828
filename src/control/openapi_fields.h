/* SPDX-License-Identifier: MIT */
/* Tables of fields as JSON Schema. Memory as in openapi_parts.h. */
#ifndef CONTROL_OPENAPI_FIELDS_H
#define CONTROL_OPENAPI_FIELDS_H

#include "control/openapi_parts.h"
#include "model/resource.h"

/* What the records of a resource look like in answers. */
json_t *openapi_record_schema(const struct resource *resource);

/* What a field takes as a parameter of a form or a query; `mode` is where, an enum field_flag. */
json_t *openapi_parameter_schema(const struct field *field, unsigned mode);

/* What a field takes as a parameter, in words. */
json_t *openapi_parameter_text(const struct field *field);

/* "the SID (HF...) or the unique name of the Fleet": how a path names a record. */
json_t *openapi_identifier_text(const struct resource *resource);

#endif
