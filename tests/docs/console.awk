# Makes of a console block, commands after "$ " and below each what it prints, a script and what is expected:
# `script` writes the output of command N to N.out, N.expected has what the page says. A line "[...]" ends what is
# compared of a command: N.cut then exists.
BEGIN { print ": begin" > (to "/script") }
/^\$ / {
    if (count) close(to "/" count ".expected")
    count++
    cut = 0
    printf "" > (to "/" count ".expected")
    print "{ " substr($0, 3) "\n} >\"$out/" count ".out\" 2>&1" > (to "/script")
    next
}
$0 == "[...]" {
    cut = 1
    print "" > (to "/" count ".cut")
    next
}
count && !cut { print > (to "/" count ".expected") }
END { print count > (to "/count") }
