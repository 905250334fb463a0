#!/bin/sh
# `make deb`: dist/filterdns_VERSION_ARCHITECTURE.deb, for the Python and the machine that build it.
#
#   PYTHON, WHEELS   see build.sh
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
# shellcheck source=packaging/layout.sh
. "$here/layout.sh"
umask 022

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
tree=$work/tree
shipped=$tree$SHIPPED
doc=$tree/usr/share/doc/filterdns

# The files, as `make install` lays them; the version comes into force when it is configured.
id=$("$here/build.sh" "$work/versions")
mkdir -p "$tree$LIB" "$tree$(dirname "$PROGRAM")" "$tree/DEBIAN"
mv "$work/versions/$id" "$shipped"
# IEEE's registry is all that is read of netaddr, and Debian keeps that up to date: ieee-data.
rm -r "$shipped"/lib/python*/site-packages/netaddr "$shipped"/lib/python*/site-packages/netaddr-*
ln -s ../lib/filterdns/current/bin/filterdns "$tree$PROGRAM"
install -D -m 644 "$shipped/share/filterdns.service" "$tree$UNIT"
install -D -m 644 "$shipped/share/filterdns.sysusers" "$tree$SYSUSERS"
install -D -m 644 "$here/debian/copyright" "$doc/copyright"
install -m 644 "$here/debian/lintian-overrides" -D "$tree/usr/share/lintian/overrides/filterdns"
gzip -9n <"$root/CHANGELOG.md" >"$doc/CHANGELOG.md.gz"
{
  printf 'filterdns (%s) unstable; urgency=medium\n\n  * See CHANGELOG.md.\n\n' "${id%-*}"
  printf ' -- %s  %s\n' "$(sed -n 's/^Maintainer: //p' "$here/debian/control")" \
    "$(date -R -r "$root/CHANGELOG.md")"
} | gzip -9n >"$doc/changelog.gz"

# The scripts, each with the text of what it reads.
for script in preinst postinst prerm postrm; do
  awk -v here="$here" '
    /^# shellcheck source=/ { next }
    /^\. \.\.\// { file = here substr($2, 3)
                 while ((getline line < file) > 0) print line
                 next }
    { print }
  ' "$here/debian/$script" >"$tree/DEBIAN/$script"
  chmod 755 "$tree/DEBIAN/$script"
done

python=$(basename "$shipped"/lib/python*) # python3.11
minor=${python#python3.}
architecture=$(dpkg --print-architecture)
sed -e "s/@VERSION@/${id%-*}/" -e "s/@ARCHITECTURE@/$architecture/" \
  -e "s/@PYTHON@/3.$minor/" -e "s/@NEXT_PYTHON@/3.$((minor + 1))/" \
  -e "s/@SIZE@/$(du -sk --exclude=DEBIAN "$tree" | cut -f 1)/" \
  "$here/debian/control" >"$tree/DEBIAN/control"
(cd "$tree" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum >DEBIAN/md5sums)

mkdir -p "$root/dist"
deb=$root/dist/filterdns_${id%-*}_$architecture.deb
dpkg-deb --root-owner-group --build "$tree" "$deb" >/dev/null
printf 'Built %s\n' "$deb"
