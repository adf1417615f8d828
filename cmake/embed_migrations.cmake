# Writes OUTPUT, a C file that holds the text of every file of migrations/ (see
# src/store/sqlite/migrations.h). Run at build: cmake "-DSOURCES=a.sql|b.sql" -DOUTPUT=x.c -P this.
set(rows "")
string(REPLACE "|" ";" SOURCES "${SOURCES}")
foreach(path ${SOURCES})
	get_filename_component(name ${path} NAME_WE)
	string(REGEX MATCH "^([0-9]+)_(.*)$" matched ${name})
	if(NOT matched)
		message(FATAL_ERROR "${path}: must be named NNNN_name.sql")
	endif()
	set(title ${CMAKE_MATCH_2}) # the next line makes matches of its own
	string(REGEX REPLACE "^0+" "" number ${CMAKE_MATCH_1})
	file(READ ${path} text)
	# One C string per line keeps each within what compilers must accept.
	string(REPLACE "\\" "\\\\" text "${text}")
	string(REPLACE "\"" "\\\"" text "${text}")
	string(REPLACE "\n" "\\n\"\n\"" text "${text}")
	string(APPEND rows "{ ${number}, \"${title}\",\n\"${text}\" },\n")
endforeach()
file(WRITE ${OUTPUT} "#include \"store/sqlite/migrations.h\"\n\n"
	"const struct migration migrations[] = {\n${rows}};\n\n"
	"const size_t migration_count = sizeof(migrations) / sizeof(migrations[0]);\n")
