#!/bin/sh
# count.sh plain|tar FORMAT < LIST.xz: what the list holds, a line `number what` each.
#
# FORMAT is the name of an awk program beside this one. Of a `tar` archive every file is read.
# Knows nothing of the program that it is to bear witness against.
set -eu
export LC_ALL=C
here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

unpack() {
    if [ "$1" = tar ]; then
        mkdir "$work/files"
        xz -dc | tar -x -f - -C "$work/files"
        # A file may end without a line end.
        find "$work/files" -type f -exec sed -s -e '$a\' {} +
    else
        xz -dc
    fi
}

unpack "$1" |
    sed -e '1s/^\xEF\xBB\xBF//' -e 's/[ \t\r]*$//' -e 's/^[ \t]*//' |
    tr A-Z a-z |
    awk -f "$here/words.awk" -f "$here/$2.awk" > "$work/rows"

# Rows of each kind, every reason for itself.
awk -F '\t' '$1 == "lines" { print $2, $1; next }
    { count[$1 == "skip" ? $1 "_" $2 : $1]++ }
    END { for (what in count) print count[what], what }' "$work/rows"

# Distinct names of each kind, then those of blocks without `www.x` beside `x`.
sort -u "$work/rows" |
    awk -F '\t' '$1 ~ /block|exact|exception/ { count[$1]++ }
    END { for (kind in count) print count[kind], "distinct_" kind }'
sed -n 's/^block\t//p' "$work/rows" | sort -u > "$work/names"
sed -n 's/^www\.//p' "$work/names" | sort | comm -12 - "$work/names" | sed 's/^/www./' |
    sort > "$work/twins"
echo "$(wc -l < "$work/twins") twins"
comm -23 "$work/names" "$work/twins" > "$work/kept"
echo "$(wc -l < "$work/kept") kept"
echo "$(awk -f "$here/covered.awk" "$work/kept") covered"
