# shellcheck shell=sh disable=SC2034
# Where an installed filterdns lies: the one place that says so, for `make install`, `make
# uninstall`, the Debian package and the container.

LIB=/usr/lib/filterdns           # the program
VERSIONS=$LIB/versions           # one folder for each version: its own Python environment
CURRENT=$LIB/current             # a link to the version in force
SHIPPED=$LIB/shipped             # the version that a Debian package brings, before it is in force
PROGRAM=/usr/bin/filterdns       # a link through CURRENT
UNIT=/usr/lib/systemd/system/filterdns.service
SYSUSERS=/usr/lib/sysusers.d/filterdns.conf
WANTED=/etc/systemd/system/multi-user.target.wants/filterdns.service

# What is a person's, and stays when the program goes.
CONFIG_FOLDER=/etc/filterdns
CONFIG=$CONFIG_FOLDER/config.yaml
STATE=/var/lib/filterdns
RUN=/run/filterdns
SERVICE_USER=filterdns
