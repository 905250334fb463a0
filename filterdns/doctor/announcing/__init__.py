"""Which DNS servers the network tells a new device: by DHCP, DHCPv6 and router advertisements.

One protocol per module, bytes alone; `listening` has the sockets, and needs root. What comes back
is from whoever answers on the cable.
"""
