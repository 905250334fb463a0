# address=/name/name/target, and the same with `server` and `local`.

is_comment($0) { print "comment"; next }
!/^(address|server|local)=\/.*\// { print "skip\tother_format"; next }
{
    sub(/[ \t]+#.*$/, "")
    count = split($0, part, "/")
    target = part[count]
    kind = target == "#" && part[1] == "server=" ? "exception" : "block"
    if (target != "" && target != "#" && !is_sink(target)) print "skip\tmapping"
    else for (i = 2; i < count; i++) count_word(kind, part[i])
}
