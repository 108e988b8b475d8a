"""Read how dnf reaches its repositories, so that curl reaches the vendor's key the same way.

dnf's options are those of dnf.conf(5), curl's those of curl(1). A key that comes by a way that
nobody checks (sslverify=0) is as good as any: its fingerprint is compared with the pin.
"""

from __future__ import annotations

import configparser

import reading

CONF = "/etc/dnf/dnf.conf"
VALUES = {
    "proxy": "proxy",
    "sslcacert": "cacert",
    "sslclientcert": "cert",
    "sslclientkey": "key",
    "proxy_sslcacert": "proxy-cacert",
}
NOT_VERIFIED = {"sslverify": "insecure", "proxy_sslverify": "proxy-insecure"}
FALSE = ("0", "false", "no", "off")
NO_PROXY = ("", "_none_")


def main_options() -> dict[str, str]:
    """Return the options of dnf.conf's main section; {} if the file cannot be read."""
    parser = configparser.ConfigParser(interpolation=None, strict=False, allow_no_value=True)
    try:
        parser.read_string(reading.quiet(CONF))
        return {key: (value or "").strip() for key, value in parser.items("main")}
    except configparser.Error:
        return {}


def curl_options() -> dict[str, str]:
    """Return curl's options for the same way, "" for one without a value."""
    options = main_options()
    curl = {VALUES[key]: options[key] for key in VALUES if options.get(key)}
    if curl.get("proxy", "") in NO_PROXY or curl["proxy"].lower() == "none":
        curl.pop("proxy", None)
    elif options.get("proxy_username"):
        curl["proxy-user"] = f"{options['proxy_username']}:{options.get('proxy_password', '')}"
        curl["proxy-anyauth"] = ""
    for key, option in NOT_VERIFIED.items():
        if options.get(key, "").lower() in FALSE:
            curl[option] = ""
    return curl
