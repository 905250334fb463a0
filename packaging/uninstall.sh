#!/bin/sh
# `make uninstall`: remove all that `make install` has put there, and name what stays.
#
#   DESTDIR      see steps.sh
#   PURGE=yes    remove the config, what was kept, and the user as well
set -eu

here=$(cd "$(dirname "$0")" && pwd)
DESTDIR=${DESTDIR:-}
SYSTEMCTL=systemctl
# shellcheck source=packaging/layout.sh
. "$here/layout.sh"
# shellcheck source=packaging/steps.sh
. "$here/steps.sh"

[ -n "$DESTDIR" ] || [ "$(id -u)" = 0 ] || fail "this changes the system: sudo make uninstall"
if [ -z "$DESTDIR" ] && [ -e "$SHIPPED" ]; then
  fail "filterdns is installed as a Debian package: apt remove filterdns"
fi

stop_service
disable_service
rm -f "$DESTDIR$PROGRAM" "$DESTDIR$UNIT" "$DESTDIR$SYSUSERS"
remove_versions
rm -rf "$DESTDIR$LIB"
! systemd_runs || systemctl daemon-reload
say "The program is gone."
if [ "${PURGE:-}" = yes ]; then
  purge
  say "So are its config, all that it kept, and its user."
else
  say "What stays: $CONFIG_FOLDER, $STATE, the user $SERVICE_USER." \
    "To remove these as well: make uninstall PURGE=yes"
fi
