# What a word of a list is: a row `kind<TAB>word` for what counts, `skip<TAB>reason` for what does
# not. Words come in lower case.

BEGIN {
    FS = "\t"
    split("localhost local broadcasthost ip6-localhost ip6-loopback ip6-localnet " \
          "ip6-mcastprefix ip6-allnodes ip6-allrouters ip6-allhosts", names, " ")
    for (i in names) is_local[names[i]] = 1
}

END { print "lines\t" NR }

function is_comment(line) {
    return line == "" || line ~ /^[#!;\[]/ || line ~ /^\/\//
}

function without_comment(line) {
    sub(/[ \t]*#.*$/, "", line)
    return line
}

function is_element(line) {
    return line ~ /[^ \t]#[#@?$%]/
}

function is_address(word,    part, count, i, mask) {
    mask = 0
    if (match(word, /\/[0-9]+$/)) {
        mask = substr(word, RSTART + 1) + 0
        word = substr(word, 1, RSTART - 1)
    }
    if (word ~ /^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$/) {
        count = split(word, part, ".")
        for (i = 1; i <= count; i++)
            if (part[i] + 0 > 255 || part[i] ~ /^0[0-9]/) return 0
        return mask <= 32
    }
    return mask <= 128 && word ~ /^[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:.]*$/
}

function is_sink(word) {
    return word == "0.0.0.0" || word == "0" || word == "::" || word == "::1" || \
        (word ~ /^127\./ && is_address(word))
}

# The reason for which *name* is none, or nothing. Other scripts pass: awk knows no IDNA.
function fault(name,    label, count, i) {
    if (name in is_local || name ~ /(^|\.)(localhost|localdomain)$/) return "local_name"
    if (name ~ /[*^$|]/) return "pattern"
    if (name ~ /[\/:]/) return "url"
    if (name !~ /^[-a-z0-9_.\200-\377]+$/ || length(name) > 253) return "bad_name"
    count = split(name, label, ".")
    for (i = 1; i <= count; i++)
        if (label[i] == "" || length(label[i]) > 63) return "bad_name"
    if (label[count] ~ /^[0-9]+$/) return "bad_name"
    return count == 1 ? "single_label" : ""
}

function count_word(kind, word,    why) {
    sub(/^https?:\/\//, "", word)
    sub(/^\*?\./, "", word)
    if (is_address(word)) {
        print "address\t" word
        return
    }
    sub(/\/$/, "", word)
    sub(/\.$/, "", word)
    why = fault(word)
    print why == "" ? kind "\t" word : "skip\t" why
}
