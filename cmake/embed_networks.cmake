# Writes OUTPUT, a C file that holds the rows of SOURCE, src/service/networks.csv (see
# src/service/network_table.h). Run at build: cmake -DSOURCE=x.csv -DOUTPUT=x.c -P this.
set(rows "")
file(STRINGS ${SOURCE} lines ENCODING UTF-8)
foreach(line IN LISTS lines)
	if(line MATCHES "^(#|iso_country,|$)")
		continue()
	endif()
	if(NOT line MATCHES "^([A-Z][A-Z]),([^,\"\\]+),([0-9][0-9 -]*)$")
		message(FATAL_ERROR "${SOURCE}: not a row: ${line}")
	endif()
	string(APPEND rows "{ \"${CMAKE_MATCH_1}\", \"${CMAKE_MATCH_2}\", \"${CMAKE_MATCH_3}\" },\n")
endforeach()
file(WRITE ${OUTPUT} "#include \"service/network_table.h\"\n\n"
	"const struct network_row network_table[] = {\n${rows}};\n\n"
	"const size_t network_table_size = sizeof(network_table) / sizeof(network_table[0]);\n\n"
	"_Static_assert(sizeof(network_table) <= NETWORKS_MAXIMUM * sizeof(network_table[0]),\n"
	"\t\"NETWORKS_MAXIMUM is too small\");\n")
