# `||name^` and `|name^`, with `@@` in front where an exception is meant, `$options` behind.

is_comment($0) { print "comment"; next }
is_element($0) { print "skip\telement"; next }
/^(@@)?\// { print "skip\tregex"; next }
{
    line = without_comment($0)
    options = ""
    if (match(line, /\$.*$/)) {
        options = substr(line, RSTART + 1)
        line = substr(line, 1, RSTART - 1)
    }
    kind = sub(/^@@/, "", line) ? "exception" : "block"
    if (options ~ /(^|,)dnsrewrite(=|,|$)/) print "skip\trewrite"
    else if (options != "" && options != "important") print "skip\toption"
    else if (sub(/^\|\|/, "", line)) {
        sub(/\^?\|?$/, "", line)
        count_word(kind, line)
    }
    else if (sub(/^\|/, "", line) && sub(/[\^|]$/, "", line))
        count_word(kind == "block" ? "exact" : "exact_exception", line)
    else if (line ~ /[*^|]/ || kind == "exception") print "skip\tpattern"
    else count_word(kind, line)
}
