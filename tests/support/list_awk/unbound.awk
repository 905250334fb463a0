# local-zone: "name" type

BEGIN {
    blocking = " always_null always_nxdomain always_nodata always_refuse always_deny refuse deny" \
        " static redirect inform_deny "
    lifting = " transparent typetransparent always_transparent inform nodefault "
}
is_comment($0) || /^server:$/ { print "comment"; next }
{
    line = without_comment($0)
    gsub(/["']/, "", line)
    count = split(line, word, " ")
    if (word[1] != "local-zone:" || count != 3) print "skip\tother_format"
    else if (index(blocking, " " word[3] " ")) count_word("block", word[2])
    else if (index(lifting, " " word[3] " ")) count_word("exception", word[2])
    else print "skip\tother_format"
}
