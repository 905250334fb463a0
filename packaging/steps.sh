# shellcheck shell=sh
# The steps by which a version comes into force and goes again: sourced by install.sh, uninstall.sh
# and the scripts of the Debian package. Needs layout.sh, `set -eu`, and
#
#   DESTDIR     where the files go instead of /; then nothing is started and no user made
#   SYSTEMCTL   what starts and stops services: systemctl, or deb-systemd-invoke, which asks the
#               machine's policy first

say() {
  printf '%s\n' "$*"
}

complain() {
  printf 'filterdns: %s\n' "$*" >&2
}

fail() {
  complain "$@"
  exit 1
}

systemd_runs() {
  [ -z "$DESTDIR" ] && [ -d /run/systemd/system ]
}

# Print the pid of the running service; empty where it does not run.
running_pid() {
  [ -z "$DESTDIR" ] || return 0
  pgrep -o -u "$SERVICE_USER" -f -- '-m filterdns\.supervisor' 2>/dev/null || true
}

# Print the ID of the version in force; empty where there is none.
version_in_force() {
  [ -e "$DESTDIR$CURRENT" ] || return 0
  basename "$(readlink "$DESTDIR$CURRENT")"
}

# Files that are there and right already are left as they are. What runs in a condition is joined
# by &&: `set -e` does not hold there.

make_user() { # SYSUSERS_FILE
  if [ -n "$DESTDIR" ]; then
    say "The user $SERVICE_USER is made by systemd-sysusers, where the files are used."
    return
  fi
  command -v systemd-sysusers >/dev/null ||
    fail "there is no systemd-sysusers to make the service's user; cure:" \
      "apt install systemd-standalone-sysusers"
  getent passwd "$SERVICE_USER" >/dev/null || systemd-sysusers "$1"
}

make_config() { # EXAMPLE
  [ ! -e "$DESTDIR$CONFIG" ] || return 0
  install -d -m 755 "$DESTDIR$CONFIG_FOLDER"
  zone=$(cat /etc/timezone 2>/dev/null || readlink /etc/localtime | sed 's,.*/zoneinfo/,,')
  sed "s,^timezone: Europe/Berlin ,timezone: ${zone:-Etc/UTC} ," "$1" >"$DESTDIR$CONFIG.new"
  chmod 640 "$DESTDIR$CONFIG.new"
  # It may hold who lives here, so it is not for everybody; the service has to read it.
  [ -n "$DESTDIR" ] || chgrp "$SERVICE_USER" "$CONFIG.new"
  mv "$DESTDIR$CONFIG.new" "$DESTDIR$CONFIG"
  say "$CONFIG is an example: put in your children and their devices."
}

place() { # FILE TARGET
  cmp -s "$1" "$DESTDIR$2" || install -D -m 644 "$1" "$DESTDIR$2"
}

place_link() { # CONTENT PATH
  [ "$(readlink "$DESTDIR$2")" != "$1" ] || return 0
  mkdir -p "$DESTDIR$(dirname "$2")" &&
    ln -sfn "$1" "$DESTDIR$2.new" &&
    mv -T "$DESTDIR$2.new" "$DESTDIR$2" # at once, never half
}

# Run COMMAND as the service runs: as its user, and with its environment where it runs already.
as_service() { # COMMAND…
  pid=$(running_pid)
  {
    if [ -n "$pid" ]; then
      cat "/proc/$pid/environ"
    else
      printf '%s\0' PATH=/usr/bin:/bin HOME="$STATE" \
        STATE_DIRECTORY="$STATE" RUNTIME_DIRECTORY="$RUN"
    fi
    printf '%s\0' "$@"
  } | xargs -0 setpriv --reuid "$SERVICE_USER" --regid "$SERVICE_USER" --clear-groups env -i
}

# Whether the version ID can take over: it reads the config as it is, and what was kept.
is_fit() { # ID
  if as_service "$VERSIONS/$1/bin/filterdns" upgrade-check --help >/dev/null 2>&1; then
    as_service "$VERSIONS/$1/bin/filterdns" upgrade-check --config "$CONFIG" || return 1
  fi
  as_service "$VERSIONS/$1/bin/filterdns" check "$CONFIG"
}

# Let the version ID be the one that `filterdns` and the service start from now on.
put_in_force() { # ID
  place "$DESTDIR$VERSIONS/$1/share/filterdns.sysusers" "$SYSUSERS" &&
    place "$DESTDIR$VERSIONS/$1/share/filterdns.service" "$UNIT" &&
    place_link "versions/$1" "$CURRENT" &&
    place_link "../lib/filterdns/current/bin/filterdns" "$PROGRAM" || return
  ! systemd_runs || systemctl daemon-reload
}

enable_service() {
  if systemd_runs; then
    systemctl --quiet enable filterdns.service
  else
    place_link "$UNIT" "$WANTED"
  fi
}

start_service() {
  if ! systemd_runs; then
    say "No systemd runs here, so nothing was started."
  elif "$SYSTEMCTL" start filterdns.service && systemctl --quiet is-active filterdns.service; then
    say "filterdns answers. Its state: filterdns status"
  else
    complain "the service does not run. Why: journalctl -u filterdns"
    return 1
  fi
}

# Let the running service go on as the version in force, without a gap where it can.
restart_service() {
  if "$PROGRAM" restart --help >/dev/null 2>&1; then
    turn_into_the_new && return
  elif ! systemd_runs; then
    complain "restart filterdns (pid $(running_pid)) yourself: it still runs as it was"
    return 0
  fi
  systemd_runs && "$SYSTEMCTL" restart filterdns.service
}

# The main process stays the same; where it ends, the new version is none, and nobody shall wait.
turn_into_the_new() {
  pid=$(running_pid)
  "$PROGRAM" restart &
  restart=$!
  while kill -0 "$restart" 2>/dev/null; do
    if [ ! -e "/proc/$pid" ]; then
      kill "$restart" 2>/dev/null || true
      complain "the service has ended"
      break
    fi
    sleep 0.2
  done
  wait "$restart"
}

# Let the version NEW take over from OLD (empty: nothing was in force), or leave OLD as it is.
bring_in_force() { # NEW OLD
  if [ "$1" = "$2" ]; then
    put_in_force "$1"
    say_what_runs "$1"
  elif [ -z "$2" ] || [ -n "$DESTDIR" ]; then
    begin_with "$1"
  elif ! go_on_with "$1" "$2"; then
    rm -rf "$DESTDIR${VERSIONS:?}/$1"
    return 1
  fi
  remove_old_versions
  say "filterdns $1 is installed${2:+ and in force}."
}

# After a run that was broken off, the version may be in force and not run.
say_what_runs() { # ID
  systemd_runs || return 0
  pid=$(running_pid)
  if [ -z "$pid" ]; then
    complain "it does not run; start it: systemctl enable --now filterdns"
  elif ! grep -aqF "$VERSIONS/$1/" "/proc/$pid/cmdline"; then
    complain "another version runs still; let this one take over: filterdns restart"
  fi
}

# Answers "not yet" in words, never with an error: all is installed, and the cure is somebody
# else's.
begin_with() { # NEW
  put_in_force "$1"
  enable_service
  [ -z "$DESTDIR" ] || return 0
  if ! is_fit "$1"; then
    complain "not started. Mend $CONFIG, then: systemctl start filterdns"
  elif ! "$PROGRAM" check --ports "$CONFIG"; then
    complain "not started. Free the port, then: systemctl start filterdns"
  else
    start_service || true
  fi
}

go_on_with() { # NEW OLD
  if ! is_fit "$1"; then
    complain "$1 cannot go on from here: nothing was changed, $2 stays in force"
    return 1
  fi
  if put_in_force "$1"; then
    [ -n "$(running_pid)" ] || return 0
    ! restart_service || return 0
  fi
  complain "$1 does not start: back to $2"
  put_in_force "$2"
  ! systemd_runs || "$SYSTEMCTL" restart filterdns.service
  return 1
}

# Remove all versions but the one in force; one that still runs goes with the next upgrade.
remove_old_versions() {
  for version in "$DESTDIR$VERSIONS"/*; do
    id=$(basename "$version")
    [ "$id" != "$(version_in_force)" ] || continue
    ! grep -qsF "$VERSIONS/$id/bin/" /proc/[0-9]*/cmdline || continue
    rm -rf "$version"
  done
}

# Going.

stop_service() {
  if systemd_runs; then
    "$SYSTEMCTL" stop filterdns.service || true
  elif [ -n "$(running_pid)" ]; then
    fail "filterdns runs as pid $(running_pid), and no systemd here to stop it: stop it first"
  fi
}

disable_service() {
  rm -f "$DESTDIR$WANTED"
}

remove_versions() {
  rm -rf "$DESTDIR$VERSIONS" "$DESTDIR$CURRENT"
}

# What the service made and what people wrote.
purge() {
  rm -rf "$DESTDIR$CONFIG_FOLDER" "$DESTDIR$STATE"
  [ -z "$DESTDIR" ] || return 0
  ! getent passwd "$SERVICE_USER" >/dev/null || userdel "$SERVICE_USER"
  ! getent group "$SERVICE_USER" >/dev/null || groupdel "$SERVICE_USER"
}
