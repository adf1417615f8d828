# Writes OUTPUT, a C file that holds the files of the console, as they are and compressed (see
# src/control/console.h). Run at build: cmake -DROOT=console -DSOURCES="a|b" -DMODULES="a|b"
# -DWORK=directory -DOUTPUT=x.c -P this.
#
# MODULES are the page's own scripts, each after those that it imports. They are served as one,
# console.js: imports of each other and the word "export" are taken out, so no two may have a name in
# common. Comments and what lines begin with stay behind, as they do of style sheets.
string(REPLACE "|" ";" SOURCES "${SOURCES}")
string(REPLACE "|" ";" MODULES "${MODULES}")
set(arrays "")
set(rows "")
set(count 0)
set(type_css "text/css; charset=utf-8")
set(type_html "text/html; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")
set(type_svg "image/svg+xml")

# Appends a C array of the file's bytes, with a NUL that is not counted; the size in `ret_size`.
function(add_array name file ret_size)
	file(SIZE ${file} size)
	file(READ ${file} bytes HEX)
	if(name MATCHES "^gzip")
		# Bytes 4 to 7 are the time of the build: without it builds are alike.
		string(SUBSTRING "${bytes}" 0 8 magic)
		string(SUBSTRING "${bytes}" 16 -1 rest)
		set(bytes "${magic}00000000${rest}")
	endif()
	string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
	string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
	set(arrays "${arrays}static const unsigned char ${name}[] = {\n${bytes}0x00\n};\n\n" PARENT_SCOPE)
	set(${ret_size} ${size} PARENT_SCOPE)
endfunction()

# Takes out what only readers of the source need: comments, indentation, ends of lines beside brackets,
# commas and semicolons, and blanks within braces. No text of the page may look like these.
function(write_compact content output)
	string(REGEX REPLACE "\n[ \t]+" "\n" content "\n${content}")
	string(REGEX REPLACE "\n(//|/?\\*)[^\n]*" "" content "${content}")
	string(REGEX REPLACE "([;,{]) // [^\n]*" "\\1" content "${content}")
	string(REGEX REPLACE "\n\n+" "\n" content "${content}")
	string(REGEX REPLACE "([;,{([])\n" "\\1" content "${content}")
	string(REGEX REPLACE ",?\n([]})])" "\\1" content "${content}")
	string(REPLACE "{ " "{" content "${content}")
	string(REPLACE " }" "}" content "${content}")
	file(WRITE ${output} "${content}")
endfunction()

set(script "")
foreach(module IN LISTS MODULES)
	file(READ ${module} content)
	string(REGEX REPLACE "\nimport {[^}]*} from \"\\./[a-z]+\\.js\";" "" content "\n${content}")
	string(REGEX REPLACE "\nexport {[^\n]*" "" content "${content}")
	string(REGEX REPLACE "\nexport " "\n" content "${content}")
	string(APPEND script "${content}")
endforeach()
write_compact("${script}" ${WORK}/console.js)

foreach(source IN LISTS SOURCES)
	if(source MATCHES "\\.css$")
		file(READ ${source} content)
		get_filename_component(name ${source} NAME)
		string(REGEX REPLACE "([:;,{}]) +" "\\1" content "${content}")
		string(REPLACE " {" "{" content "${content}")
		write_compact("${content}" ${WORK}/${name})
	endif()
endforeach()

foreach(source IN LISTS SOURCES)
	file(RELATIVE_PATH name ${ROOT} ${source})
	if(EXISTS ${WORK}/${name})
		set(source ${WORK}/${name})
	endif()
	string(REGEX REPLACE ".*\\." "" ending ${name})
	if(NOT DEFINED type_${ending})
		message(FATAL_ERROR "${name}: what is a .${ending}?")
	endif()
	set(packed ${WORK}/console_${count}.gz)
	file(ARCHIVE_CREATE OUTPUT ${packed} PATHS ${source} FORMAT raw COMPRESSION GZip
		COMPRESSION_LEVEL 9)
	add_array(raw_${count} ${source} raw_size)
	add_array(gzip_${count} ${packed} gzip_size)
	file(SHA256 ${source} hash)
	string(APPEND rows "{ \"${name}\", \"${type_${ending}}\", \"${hash}\",\n"
		"\t{ raw_${count}, ${raw_size} }, { gzip_${count}, ${gzip_size} } },\n")
	math(EXPR count "${count} + 1")
endforeach()
file(WRITE ${OUTPUT} "#include \"control/console.h\"\n\n${arrays}"
	"const struct console_file console_files[] = {\n${rows}};\n\n"
	"const size_t console_file_count = ${count};\n")
