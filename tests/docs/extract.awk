# Writes the examples of a page to files: N.KIND for the fenced blocks marked c, json, text, sh and console, into the
# directory `to`. Behind the mark a block may have a name ("```json words.json"): the file `names` has a line
# "N.KIND NAME" for each. Of a header it writes one file: the lines of its comments that are indented by four or more.
# Lines up to the first blank one are definitions, those that call something are statements of a function.
FNR == 1 { block = 0 }

FILENAME ~ /\.md$/ && /^```/ {
    if (block) {
        block = 0
        close(output)
    } else {
        kind = $1
        sub(/^```/, "", kind)
        block = 1
        output = kind ~ /^(c|json|text|sh|console)$/ ? to "/" ++count "." kind : "/dev/null"
        if (NF == 2 && output != "/dev/null") print count "." kind, $2 > (to "/names")
    }
    next
}
FILENAME ~ /\.md$/ && block { print > output }

FILENAME ~ /\.h$/ && /^ \*     / {
    line = substr($0, 8)
    if (line ~ /^(weir_[a-z_]+\(|weir_[a-z_]+ \*?[a-z_]+ = )/) statements = statements line "\n"
    else definitions = definitions line "\n"
}
END {
    if (definitions statements == "") exit
    output = to "/header.c"
    print definitions > output
    print "void example(weir_context *context, weir_stream *lines, weir_stream *numbers);" > output
    print "void example(weir_context *context, weir_stream *lines, weir_stream *numbers)\n{" > output
    print statements "}" > output
}
