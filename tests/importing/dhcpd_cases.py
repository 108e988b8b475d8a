"""dhcpd.conf files that the tests import; dhcpd itself accepts each (tests/differential)."""

OFFICE = """\
# office
authoritative;
ddns-update-style none;
default-lease-time 3600; max-lease-time 86400;
option domain-name "office.example.org";
option domain-name-servers 192.0.2.53, 192.0.2.54;
option space ACME;
option ACME.server code 1 = ip-address; option ACME.mode code 2 = unsigned integer 8;
option arch code 93 = unsigned integer 16;
option voip code 150 = array of ip-address;

class "phones" {
  match if substring(option vendor-class-identifier, 0, 9) = "ACME-phone";
  vendor-option-space ACME; option ACME.server 192.0.2.30; option ACME.mode 3;
}
class "by-port" { match option agent.circuit-id; }
subclass "by-port" "sw1/0/7" { option host-name "lobby"; }
subclass "by-port" 01:02;
class "pxe" {
  match if exists arch;
  if option arch = 00:07 { filename "efi/grub.efi"; } else { filename "pxelinux.0"; }
  next-server 192.0.2.40;
}
shared-network floor1 {
  subnet 192.0.2.0 netmask 255.255.255.0 {
    option routers 192.0.2.1;
    pool { range 192.0.2.100 192.0.2.150; deny members of "phones"; }
    pool { range 192.0.2.200 192.0.2.220; allow members of "phones"; max-lease-time 600; }
  }
  subnet 198.51.100.0 netmask 255.255.255.128 {
    option routers 198.51.100.1; range 198.51.100.20 198.51.100.100; option voip 192.0.2.31;
  }
}
group {
  option domain-name "print.example.org";
  host printer-1 { hardware ethernet 02:00:5e:10:00:01; fixed-address 192.0.2.50; }
  host printer-2 {
    hardware ethernet 2:0:5E:10:0:2; fixed-address 192.0.2.51, 198.51.100.10;
    option host-name "second";
  }
}
host by-id { option dhcp-client-identifier 01:02:00:5e:10:00:03; fixed-address 192.0.2.52; }
subnet 203.0.113.0 netmask 255.255.255.0 { }
"""
PAIR = """\
failover peer "office" {
  primary; address 192.0.2.2; port 647; peer address 192.0.2.3; peer port 647;
  max-response-delay 60; max-unacked-updates 10; mclt 3600; split 255;
  load balance max seconds 3;
}
omapi-port 7911;
include "subnets.conf";
"""
SUBNETS = """\
subnet 192.0.2.0 netmask 255.255.255.0 {
  option routers 192.0.2.1; option subnet-mask 255.255.255.0;
  pool {
    failover peer "office"; deny dynamic bootp clients;
    range 192.0.2.10 192.0.2.99; range 192.0.2.120 192.0.2.180;
  }
}
"""
KNOWN = """\
use-host-decl-names on;
deny unknown-clients;
class "a" { match if not exists user-class and hardware = 1:2:0:5e:10:0:1; }
subnet 192.0.2.0 netmask 255.255.255.0 {
  range 192.0.2.10 192.0.2.19;
  pool { range 192.0.2.20; allow unknown-clients; allow members of "a"; }
}
subnet 198.51.100.0 netmask 255.255.255.0 {
  allow unknown-clients;
  pool { range 198.51.100.20 198.51.100.29; deny known-clients; }
  if option user-class = "iPXE" { option root-path "iscsi"; filename "a.ipxe"; }
  elsif known { filename "b.ipxe"; }
  pool { range 198.51.100.40 198.51.100.49; option domain-name "forty.example.org"; }
}
host everywhere { hardware ethernet 02:00:5e:10:00:01; }
host here {
  hardware ethernet 02:00:5e:10:00:02; option dhcp-client-identifier "here";
  fixed-address 192.0.2.5; next-server 192.0.2.7; server-name "boot";
}
host twin { hardware ethernet 02:00:5e:10:00:03; fixed-address 192.0.2.5; }
host thief { hardware ethernet 02:00:5e:10:00:04; deny booting; }
host port { host-identifier option agent.circuit-id "sw1/0/1"; fixed-address 192.0.2.6; }
"""
OPTIONS = """\
option dhcp-renewal-time 900; option dhcp-rebinding-time 0x640;
option static-routes 10.0.0.0 192.0.2.1, 172.16.0.0 192.0.2.2;
option domain-search "example.org", "example.net";
option time-offset -3600; option ip-forwarding off; option netbios-node-type 010;
option user-class "text"; option vendor-encapsulated-options 01:04:c0:0:2:1;
option pair code 224 = { unsigned integer 8, text };
option pairs code 225 = array of { ip-address, ip-address };
option flag code 226 = boolean; option blob code 227 = string;
option pair 7 "seven"; option flag true; option blob 0:ff;
option pairs 192.0.2.1 192.0.2.2, 192.0.2.3 192.0.2.4;
option merit-dump "a,b"; option unknown-230 "raw";
option wpad code 252 = text; option wpad = "http://192.0.2.9/wpad.dat";
subnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.20 192.0.2.10; }
"""
HOLDERS = """\
option space site; option site.mode code 1 = unsigned integer 8; option site.name code 2 = text;
option site-options code 230 = encapsulate site;
option space near; option near.server code 1 = ip-address;
option near-options code 231 = encapsulate near;
option site.mode 3; option site.name "labo";
subnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.10; option near.server 192.0.2.9; }
subnet 198.51.100.0 netmask 255.255.255.0 { option near.server 198.51.100.9; }
"""
CASES = {"office": OFFICE, "known": KNOWN, "options": OPTIONS, "holders": HOLDERS}
"""Files that stand alone, and name no server."""
MATCHING = """\
class "c" {{ match if {}; }}
subnet 192.0.2.0 netmask 255.255.255.0 {{ }}
"""
TRANSLATED = {
    'option host-name = "a\'b"': "option[12].hex == 0x612762",
    '"x" = option host-name': "option[12].hex == 'x'",
    'option host-name != "x"': "not (option[12].hex == 'x')",
    "hardware = 1:2:0:5e": "(pkt4.htype == 1 and pkt4.mac == 0x02005e)",
    "substring(hardware, 1, 3) = 0:0:5e": "substring(pkt4.mac, 0, 3) == 0x00005e",
    'binary-to-ascii(16, 8, ":", substring(hardware, 1, 2)) = "2:5e"': (
        "substring(pkt4.mac, 0, 2) == 0x025e"
    ),
    'binary-to-ascii(10, 8, ".", packet(24, 4)) = "192.0.2.1"': "pkt4.giaddr == 0xc0000201",
    "extract-int(option dhcp-max-message-size, 16) = 1500": (
        "substring(option[57].hex, 0, 2) == 0x05dc"
    ),
    'suffix(option host-name, 3) = "lab"': "substring(option[12].hex, -3, all) == 'lab'",
    'concat(option host-name, ".", option domain-name) = "a.b"': (
        "concat(option[12].hex, concat('.', option[15].hex)) == 'a.b'"
    ),
    'lcase(option host-name) = "a" and exists agent.remote-id': (
        "(lcase(option[12].hex) == 'a') and relay4[2].exists"
    ),
    "not (exists user-class or exists root-path)": (
        "not (option[77].exists or option[17].exists)"
    ),
    "pick-first-value(option dhcp-client-identifier, hardware) = 1:2:3": (
        "((option[61].hex == 0x010203) or (not (option[61].exists) and (pkt4.htype == 1 "
        "and pkt4.mac == 0x0203)))"
    ),
    "option dhcp-message-type = 10": "option[53].hex == 0x10",
}  # fmt: skip
"""Conditions of dhcpd, and the tests of Kea that say the same."""
CONDITIONS = [MATCHING.format(condition) for condition in TRANSLATED]
