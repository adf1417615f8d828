# Writes OUTPUT, a C file in which the text SYMBOL, declared in HEADER, is that of the file SOURCE.
# Run at build: cmake -DSOURCE=x.json -DSYMBOL=x_text -DHEADER=room/x.h -DOUTPUT=x.c -P this.
file(READ ${SOURCE} text)
string(REPLACE "\\" "\\\\" text "${text}")
string(REPLACE "\"" "\\\"" text "${text}")
# One C string per line keeps each within what compilers must accept.
string(REPLACE "\n" "\\n\"\n\"" text "${text}")
file(WRITE ${OUTPUT} "#include \"${HEADER}\"\n\nconst char ${SYMBOL}[] =\n\"${text}\";\n")
