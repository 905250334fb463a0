#!/bin/sh
# `make install`, `make upgrade`: build this checkout beside what runs, check it against the config
# in use, and only then let it take over. Doing it again changes nothing.
#
#   packaging/install.sh [--upgrade]        --upgrade: only where filterdns is installed already
#
#   DESTDIR, PYTHON, WHEELS                 see steps.sh and build.sh
set -eu

here=$(cd "$(dirname "$0")" && pwd)
DESTDIR=${DESTDIR:-}
SYSTEMCTL=systemctl
# shellcheck source=packaging/layout.sh
. "$here/layout.sh"
# shellcheck source=packaging/steps.sh
. "$here/steps.sh"
umask 022

[ -n "$DESTDIR" ] || [ "$(id -u)" = 0 ] || fail "this changes the system: sudo make install"
old=$(version_in_force)
if [ "${1:-}" = --upgrade ] && [ -z "$old" ]; then
  fail "nothing is installed that could be upgraded; cure: make install"
fi
if [ -z "$DESTDIR" ] && [ -e "$SHIPPED" ]; then
  fail "filterdns is installed as a Debian package: upgrade that (make deb, apt install" \
    "./dist/filterdns_….deb), or remove it first (apt remove filterdns; the config stays)"
fi

new=$("$here/build.sh" "$DESTDIR$VERSIONS")
share=$DESTDIR$VERSIONS/$new/share
make_user "$share/filterdns.sysusers"
make_config "$share/config.yaml"
bring_in_force "$new" "$old"
