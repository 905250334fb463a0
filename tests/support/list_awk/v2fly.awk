# A name with the kind in front and attributes behind.

is_comment($0) { print "comment"; next }
/^include:/ { print "skip\tinclude"; next }
/^regexp:/ { print "skip\tregex"; next }
/^keyword:/ { print "skip\tpattern"; next }
{
    count = split(without_comment($0), word, " ")
    kind = sub(/^full:/, "", word[1]) ? "exact" : "block"
    sub(/^domain:/, "", word[1])
    for (i = 2; i <= count; i++) if (word[i] !~ /^[@&]/) {
        print "skip\tother_format"
        next
    }
    count_word(kind, word[1])
}
