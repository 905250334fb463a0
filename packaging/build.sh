#!/bin/sh
# Build one version of filterdns: a Python environment of its own, from the locked packages.
#
#   packaging/build.sh VERSIONS_FOLDER
#
# Makes VERSIONS_FOLDER/ID, for use as /usr/lib/filterdns/versions/ID, and prints ID: the version
# with a hash of all that went into it. What is there already stays. The checkout is only read.
#
#   PYTHON   the system's Python; /usr/bin/python3
#   WHEELS   a folder with the locked packages (`make wheels`): the package index is not asked
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
# shellcheck source=packaging/layout.sh
. "$here/layout.sh"

PYTHON=${PYTHON:-/usr/bin/python3}
WHEELS=${WHEELS:-}
umask 022

fail() {
  printf 'filterdns: %s\n' "$*" >&2
  exit 1
}

check_python() {
  "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "needs Python 3.11 or newer; name it: make install PYTHON=/usr/bin/python3.12"
  "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null ||
    fail "$PYTHON cannot make a virtual environment; cure: apt install python3-venv"
  # The service sees no home folder (ProtectHome=yes): it could not start from there.
  case $python in
    /home/* | /root/* | /run/user/*)
      fail "$python lies in a home folder, where the service must not look;" \
        "name the system's: make install PYTHON=/usr/bin/python3" ;;
  esac
}

# All that goes into the wheel and beside it, as a hash: the same sources are the same version.
hash_of_sources() {
  {
    printf '%s\n' "$python" "$python_version"
    cd "$root"
    find LICENSE README.md config.example.yaml pyproject.toml requirements.txt \
      requirements-build.txt filterdns blocklists packaging systemd \
      -name __pycache__ -prune -o -type f -print | LC_ALL=C sort | xargs -d '\n' sha256sum
  } | sha256sum | cut -c 1-12
}

packages() { # the arguments of `pip install`
  if [ -n "$WHEELS" ]; then
    set -- "$@" --no-index --find-links "$WHEELS"
  fi
  "$tools/bin/python" -m pip --quiet --disable-pip-version-check install "$@" ||
    fail "the packages cannot be installed; without internet: WHEELS=… in docs/install.md"
}

build_wheel() {
  # pip and hatchling in an environment that goes again.
  "$PYTHON" -m venv "$tools"
  packages --require-hashes --requirement "$root/requirements-build.txt"
  (cd "$root" && "$tools/bin/python" -m hatchling build -t wheel -d "$work/wheel") \
    >"$work/log" 2>&1 || fail "the wheel cannot be built: $(cat "$work/log")"
}

# As venv(PEP 405) makes it, without its scripts; every path is the final one.
make_environment() {
  mkdir -p "$new/bin" "$new/share"
  ln -s "$python" "$new/bin/python"
  printf 'home = %s\ninclude-system-site-packages = false\nversion = %s\n' \
    "$(dirname "$python")" "$python_version" >"$new/pyvenv.cfg"
  packages --no-compile --target "$site" --require-hashes \
    --requirement "$root/requirements.txt"
  rm -rf "${site:?}/bin"
  find "$site" -name '.git*' -delete # of the authors' own checkouts
  packages --no-compile --target "$site" --no-deps --no-index --find-links "$work/wheel" \
    "filterdns==$version"
  rm -rf "${site:?}/bin"
  cat >"$new/bin/filterdns" <<PROGRAM
#!$VERSIONS/$id/bin/python
from filterdns.cli.main import main

main()
PROGRAM
  chmod 755 "$new/bin/filterdns"
}

# The service cannot write here. Hashes instead of times: the same sources are the same bytes.
compile_modules() {
  "$python" -m compileall -q -s "$new" -p "$VERSIONS/$id" --invalidation-mode unchecked-hash "$site"
}

python=$("$PYTHON" -c 'import os, sys; print(os.path.realpath(sys.executable))') ||
  fail "there is no $PYTHON; name the system's Python: make install PYTHON=/usr/bin/python3"
check_python
python_version=$("$PYTHON" -c 'import platform; print(platform.python_version())')
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$root/pyproject.toml")
id=$version-$(hash_of_sources)
folder=$1
if [ -e "$folder/$id" ]; then
  printf '%s\n' "$id"
  exit
fi
if [ -n "$WHEELS" ]; then
  WHEELS=$(cd "$WHEELS" && pwd) || fail "there is no folder $WHEELS; cure: make wheels"
fi

work=$(mktemp -d)
new=$folder/.$id.new
trap 'rm -rf "$work" "$new"' EXIT
trap 'exit 1' HUP INT TERM
tools=$work/tools
site=$new/lib/python${python_version%.*}/site-packages
rm -rf "$folder"/.*.new # of a build that was killed
printf 'Building filterdns %s …\n' "$id" >&2
build_wheel
make_environment
compile_modules
install -m 644 "$root/systemd/filterdns.service" "$root/systemd/filterdns.sysusers" \
  "$here/config.yaml" "$root/config.example.yaml" "$new/share/"
printf '%s\n' "$id" >"$new/share/id"
sync -f "$new"
mv -T "$new" "$folder/$id"
printf '%s\n' "$id"
