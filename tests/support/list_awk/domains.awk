# A name, an address or a URL a line.

is_comment($0) { print "comment"; next }
/^</ { print "skip\thtml"; next }
is_element($0) { print "skip\telement"; next }
{
    line = without_comment($0)
    if (line ~ /[ \t]/) print "skip\tother_format"
    else count_word("block", line)
}
