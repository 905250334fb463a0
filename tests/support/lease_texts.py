"""Files of leases as four DHCP servers write them: of Mia's iPad and a few other devices."""

from typing import Final

MIA: Final = "3c:22:fb:01:02:03"
BEN: Final = "98:b6:e9:0a:0b:0c"
LAPTOP: Final = "a4:83:e7:11:22:33"

DNSMASQ: Final = """\
1800000000 3c:22:fb:01:02:03 192.168.1.20 Mias-iPad 01:3c:22:fb:01:02:03
1800000060 98:b6:e9:0a:0b:0c 192.168.1.21 * *
0 a4:83:e7:11:22:33 192.168.1.22 laptop ff:e7:11:22:33:00:01:00:01:2c:a0:1f:3e:a4:83:e7:11:22:33
duid 00:01:00:01:2c:a0:1f:3e:52:54:00:12:34:56
1800000000 184549376 fd00::20 Mias-iPad 00:01:00:01:2c:a0:1f:3e:3c:22:fb:01:02:03
1800000000 T184549377 fd00::99:1 Mias-iPad 00:03:00:01:3c:22:fb:01:02:03
1800000000 7 fd00::30 server 00:04:6b:1c:2d:00:00:00:00:00:00:00:00:00:00:00:00:01
"""

KEA4_HEAD: Final = (
    "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,"
    "state,user_context,pool_id"
)
KEA6_HEAD: Final = (
    "address,duid,valid_lifetime,expire,subnet_id,pref_lifetime,lease_type,iaid,prefix_len,"
    "fqdn_fwd,fqdn_rev,hostname,hwaddr,state,user_context,hwtype,hwaddr_source,pool_id"
)
KEA4_ROW: Final = f"192.168.1.20,{MIA},01:{MIA},3600,1800000000,1,0,0,tablet.home.,0,,0"
KEA6_ROW: Final = (
    f"fd00::20,00:01:00:01:2c:a0:1f:3e:{MIA},3600,1800000000,1,1800,0,7,128,0,0,tablet,,0,,,,0"
)


ISC_HEAD: Final = r"""
# The format of this file is documented in the dhcpd.leases(5) manual page.
# This lease file was written by isc-dhcp-4.4.3-P1

# authoring-byte-order entry is generated, DO NOT DELETE
authoring-byte-order little-endian;

server-duid "\000\001\000\001,\240\037>RT\000\0224V";

failover peer "school" state {
  my state normal at 3 2026/11/25 10:00:00;
}
"""
ISC_BLOCK: Final = f"""\
lease 192.168.1.20 {{
  starts 3 2026/11/25 10:00:00;
  ends 3 2026/11/25 22:00:00;
  tstp 3 2026/11/25 22:00:00;
  cltt 3 2026/11/25 10:00:00;
  binding state active;
  next binding state free;
  rewind binding state free;
  hardware ethernet {MIA};
  uid "\\001<\\"\\373\\001\\002\\003";
  set vendor-class-identifier = "MSFT 5.0";
  client-hostname "Mias-iPad";
}}
"""
# An IAID of four bytes, then a DUID by link-layer address and time.
ISC_BLOCK6: Final = """\
ia-na "\\007\\000\\000\\000\\000\\001\\000\\001,\\240\\037><\\"\\373\\001\\002\\003" {
  cltt 3 2026/11/25 10:00:00;
  iaaddr fd00::20 {
    binding state active;
    preferred-life 27000;
    max-life 43200;
    ends 3 2026/11/25 22:00:00;
  }
}
"""

ODHCPD: Final = """\
# br-lan 3c22fb010203 ipv4 Mias-iPad 1800000000 c0a80114 32 192.168.1.20/32
192.168.1.20\tMias-iPad.lan\tMias-iPad
# br-lan 000100012ca01f3e3c22fb010203 a1b2 Mias-iPad 1800000000 1a 128 fd00::20/128 2001:db8::20/128
fd00::20\tMias-iPad.lan\tMias-iPad
# br-lan 98b6e90a0b0c ipv4 - -1 c0a80115 32 192.168.1.21/32
# br-lan a483e7112233 ipv4 broken\\x20Mum's 1800000000 c0a80116 32 192.168.1.22/32
# br-lan 00030001525400123456 1 router 1800000000 1 56 2001:db8:0:100::/56
# br-lan a483e7112244 ipv4 old 0 c0a80117 32 192.168.1.23/32
"""
