"""How fast filterdns is beside unbound and dnsmasq, measured in one run: `make bench`.

Stands above everything else and uses the peers of the tests; nothing imports it.
"""
