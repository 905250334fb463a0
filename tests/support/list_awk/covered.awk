# How many of the names, one a line, lie below another one.

{ listed[$0] = 1 }
END {
    count = 0
    for (name in listed) {
        rest = name
        while ((at = index(rest, ".")) > 0) {
            rest = substr(rest, at + 1)
            if (rest in listed) { count++; break }
        }
    }
    print count
}
