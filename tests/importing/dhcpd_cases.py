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
CASES = {"office": OFFICE, "known": KNOWN, "options": OPTIONS}
"""Files that stand alone, and name no server."""
