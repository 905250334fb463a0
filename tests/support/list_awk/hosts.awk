# An address and the names that lead to it; some lists have a name alone among them.

is_comment($0) { print "comment"; next }
/^</ { print "skip\thtml"; next }
is_element($0) { print "skip\telement"; next }
{
    count = split(without_comment($0), word, " ")
    if (count == 1) count_word("block", word[1])
    else if (is_sink(word[1])) for (i = 2; i <= count; i++) count_word("block", word[i])
    else print is_address(word[1]) ? "skip\tmapping" : "skip\tother_format"
}
