"""Who is behind an address: neighbour tables, leases, makers of MACs. It knows nobody.

Plain values go out: which MAC has which address at the moment, what a lease calls it, what was
seen, what looks wrong. Who a device belongs to is said elsewhere. May import what all rooms may
(`netlink`, `errors`, …); loaded by the control process alone.
"""
