"""Look at one server and report everything the deploy decides from. Changes nothing.

Runs on the host (Python >= 3.9, standard library only), as root. `main` takes the request and
returns the report: all of it, or the parts that are named. They are looked at side by side, the
slow question (dnf) too.
"""

from __future__ import annotations

import fcntl
import glob
import grp
import hashlib
import json
import os
import pwd
import re
import shutil
import socket
import stat
import struct
import subprocess
import threading
import time
from collections.abc import Callable
from typing import Any

ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "HOME": "/root"}


def run(*argv: str, timeout: float = 30) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            argv,
            capture_output=True,
            text=True,
            errors="replace",
            env=ENVIRONMENT,
            timeout=timeout,
            check=False,
        )
    except FileNotFoundError:
        return subprocess.CompletedProcess(argv, 127, "", f"{argv[0]}: not installed")
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(argv, 124, "", f"{argv[0]}: no answer in {timeout} s")


def operating_system() -> dict[str, str]:
    release = {}
    with open("/etc/os-release", encoding="utf-8") as lines:
        for line in lines:
            key, equals, value = line.strip().partition("=")
            if equals:
                release[key] = value.strip("\"'")
    return {
        "id": release.get("ID", ""),
        "like": release.get("ID_LIKE", ""),
        "version": release.get("VERSION_ID", ""),
        "name": release.get("PRETTY_NAME", ""),
        "machine": os.uname().machine,
    }


def packages(names: list[str]) -> dict[str, str]:
    answer = run("rpm", "-q", "--qf", "%{NAME} %{VERSION}-%{RELEASE}\n", *names)
    pairs = (line.split() for line in answer.stdout.splitlines())
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2 and pair[0] in names}


def units(names: list[str]) -> dict[str, dict[str, object]]:
    wanted = (
        "Id,LoadState,ActiveState,SubState,UnitFileState,MainPID,ExecMainStartTimestampMonotonic"
    )
    answer = run("systemctl", "show", "-p", wanted, "--", *names)
    found = {}
    now = time.time() - time.monotonic()
    for block in answer.stdout.split("\n\n"):
        unit = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        if unit.get("LoadState") != "loaded":
            continue
        started = int(unit.get("ExecMainStartTimestampMonotonic") or 0) / 1e6
        found[unit["Id"].rsplit(".", 1)[0]] = {
            "active": unit["ActiveState"],
            "sub": unit["SubState"],
            "enabled": unit["UnitFileState"] == "enabled",
            "pid": int(unit["MainPID"]),
            "started": started + now if started else 0.0,
            "words": last_words(unit["Id"]) if unit["ActiveState"] == "failed" else "",
        }
    return found


def last_words(unit: str) -> str:
    """Return what a unit logged last, in the journal and in Kea's own log file."""
    journal = run("journalctl", "-u", unit, "-n", "12", "--no-pager", "-o", "cat").stdout
    log = quiet_text(f"/var/log/kea/{unit.rsplit('.', 1)[0]}.log").splitlines()[-8:]
    return "\n".join([*journal.splitlines(), *log])


def file(path: str) -> dict[str, object] | None:
    try:
        info = os.stat(path)
    except OSError:
        return None
    entry: dict[str, object] = {
        "mode": format(stat.S_IMODE(info.st_mode), "o"),
        "owner": name_of(pwd.getpwuid, info.st_uid),
        "group": name_of(grp.getgrgid, info.st_gid),
        "changed": info.st_ctime,
    }
    if stat.S_ISREG(info.st_mode):
        with open(path, "rb") as data:
            entry["sha256"] = hashlib.sha256(data.read()).hexdigest()
    return entry


def name_of(lookup: Callable[[int], Any], number: int) -> str:
    try:
        return str(lookup(number)[0])
    except KeyError:
        return str(number)


def text(path: str) -> str:
    with open(path, encoding="utf-8", errors="surrogateescape") as data:
        return data.read()


def secret(wanted: dict[str, str]) -> dict[str, bool]:
    """Compare a secret with its file here, so that neither it nor a hash of it travels back."""
    try:
        kept = text(wanted["path"]).split()
    except OSError:
        return {"exists": False, "equal": False}
    import hmac

    first = kept[0] if kept else ""
    return {"exists": bool(first), "equal": hmac.compare_digest(first, wanted.get("value", ""))}


def dnf_holder() -> str | None:
    """Name the process that keeps dnf or rpm locked, None when nobody does."""
    for path in ["/var/lib/dnf/rpmdb_lock.pid", *glob.glob("/var/cache/dnf/*_lock.pid")]:
        try:
            pid = int(text(path))
            return f"{text(f'/proc/{pid}/comm').strip()} (pid {pid})"
        except (OSError, ValueError):
            continue
    try:
        with open("/var/lib/rpm/.rpm.lock", "rb") as lock:
            query = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
            answer = struct.unpack("hhqqi4x", fcntl.fcntl(lock, fcntl.F_GETLK, query))
    except OSError:
        return None
    return None if answer[0] == fcntl.F_UNLCK else f"rpm (pid {answer[4]})"


def updates(answer: subprocess.CompletedProcess[str]) -> dict[str, object]:
    """Read `dnf check-update`: exit 0 nothing pending, 100 updates, else it could not tell."""
    pending = []
    for line in answer.stdout.partition("Obsoleting Packages")[0].splitlines():
        fields = line.split()
        if len(fields) == 3 and "." in fields[0]:
            pending.append(f"{fields[0].rsplit('.', 1)[0]} {fields[1]}")
    told = answer.returncode in (0, 100)
    error = "" if told else (answer.stderr or answer.stdout).strip()[-2000:]
    return {"updates": pending if told else [], "error": error or None}


def firewall(zone: str, interfaces: list[str]) -> dict[str, object]:
    paths = glob.glob("/etc/firewalld/services/keaprov-*.xml")
    services = {os.path.basename(path)[:-4]: text(path) for path in paths}
    report: dict[str, object] = {"services": services, "permanent": permanent_zone(zone)}
    bus = ("busctl", "--json=short", "call", "org.fedoraproject.FirewallD1")
    root = "/org/fedoraproject/FirewallD1"
    asked = run(*bus, root, "org.fedoraproject.FirewallD1.zone", "getZoneSettings2", "s", zone)
    if asked.returncode == 0:
        settings = json.loads(asked.stdout)["data"][0]
        report["runtime"] = {
            "services": sorted(settings.get("services", {}).get("data", [])),
            "ports": sorted("/".join(port) for port in settings.get("ports", {}).get("data", [])),
            "rules": sorted(settings.get("rules_str", {}).get("data", [])),
        }
        bound = {}
        for interface in interfaces:
            zone_of = run(
                *bus,
                root,
                "org.fedoraproject.FirewallD1.zone",
                "getZoneOfInterface",
                "s",
                interface,
            )
            bound[interface] = json.loads(zone_of.stdout)["data"][0] if zone_of.stdout else ""
        report["bound"] = bound
    match = re.search(r"^DefaultZone=(\S+)", quiet_text("/etc/firewalld/firewalld.conf"), re.M)
    report["default"] = match.group(1) if match else "public"
    return report


def quiet_text(path: str) -> str:
    try:
        return text(path)
    except OSError:
        return ""


def permanent_zone(zone: str) -> dict[str, list[str]] | None:
    import xml.etree.ElementTree as ElementTree  # a glance goes without, and is the quicker for it

    for directory in ("/etc/firewalld/zones", "/usr/lib/firewalld/zones"):
        source = quiet_text(f"{directory}/{zone}.xml")
        if source:
            root = ElementTree.fromstring(source)
            return {
                "services": sorted(e.get("name", "") for e in root.findall("service")),
                "ports": sorted(
                    f"{e.get('port')}/{e.get('protocol')}" for e in root.findall("port")
                ),
                "rules": sorted(rich_rule(e) for e in root.findall("rule")),
                "interfaces": sorted(e.get("name", "") for e in root.findall("interface")),
            }
    return None


def rich_rule(element: Any) -> str:
    """Write a rule's XML as firewalld writes it as text, attributes in the same order."""
    words = ["rule"]
    words += [f'{k}="{element.get(k)}"' for k in ("priority", "family") if element.get(k)]
    for child in element:
        words.append(child.tag)
        words += [f'{key}="{value}"' for key, value in child.attrib.items()]
    return " ".join(words)


def fingerprints(path: str) -> list[str]:
    """List the primary keys in a key file, [] when there is none."""
    shown = run("gpg", "--batch", "--show-keys", "--with-colons", path).stdout
    lines = [line.split(":") for line in shown.splitlines()]
    return [
        after[9] for line, after in zip(lines, lines[1:]) if (line[0], after[0]) == ("pub", "fpr")
    ]


def chrony() -> dict[str, object]:
    answer = run("chronyc", "-n", "-c", "tracking", timeout=5)
    fields = answer.stdout.strip().split(",")
    if answer.returncode or len(fields) < 14:
        return {"synchronised": False, "detail": (answer.stderr or answer.stdout).strip()}
    return {
        "synchronised": fields[13] != "Not synchronised" and int(fields[2]) not in (0, 16),
        "source": fields[1],
        "stratum": int(fields[2]),
        "offset": float(fields[4]),
        "detail": fields[13],
    }


def kea(socket_name: str, proof: str, more: list[str]) -> dict[str, object]:
    """Ask the running kea-dhcp4 what it is, what it runs and how the pair stands.

    What it runs is known from the proof of the last run when the hash is the same. `more` are
    further commands, whose answers come back as they are.
    """
    report: dict[str, object] = {"version": None, "revision": None, "status": None, "hash": ""}
    try:
        config = ask(socket_name, "config-get")["arguments"]
        context = config["Dhcp4"].get("user-context", {}).get("keaprov", {})
        report["revision"] = context.get("revision", "")
        report["hash"] = config.get("hash", "")
        known = proven(proof)
        report["proven"] = bool(report["hash"]) and known.get("hash") == report["hash"]
        if report["proven"]:
            report["revision"] = known["revision"]
        report["status"] = ask(socket_name, "status-get")["arguments"]
        report["version"] = ask(socket_name, "version-get")["text"]
        report["answers"] = {name: talk(socket_name, name) for name in more}
    except (OSError, ValueError, KeyError) as error:
        report["error"] = str(error)
    return report


def proven(path: str) -> dict[str, Any]:
    try:
        return dict(json.loads(text(path)))
    except (OSError, ValueError):
        return {}


def ask(socket_name: str, command: str) -> dict[str, Any]:
    answer = talk(socket_name, command)
    if answer.get("result") != 0:
        raise ValueError(f"{command}: {answer.get('text')}")
    return answer


def talk(socket_name: str, command: str) -> dict[str, Any]:
    with socket.socket(socket.AF_UNIX) as channel:
        channel.settimeout(10)
        channel.connect(socket_name)
        channel.sendall(json.dumps({"command": command}).encode())
        chunks = iter(lambda: channel.recv(1 << 20), b"")
        return dict(json.loads(b"".join(chunks)))


def listening() -> list[str]:
    """List listening sockets as ``tcp 10.60.1.67:8005``."""
    found = set()
    for line in run("ss", "-Hlntu").stdout.splitlines():
        fields = line.split()
        found.add(f"{fields[0]} {fields[4]}")
    return sorted(found)


def free_bytes(paths: list[str]) -> dict[str, int]:
    found = {}
    for path in paths:
        nearest = path
        while not os.path.isdir(nearest):
            nearest = os.path.dirname(nearest)
        found[path] = shutil.disk_usage(nearest).free
    return found


def updated_since_boot() -> list[str]:
    """List the packages whose update only a reboot brings in (dnf needs-restarting's list)."""
    names = (
        "kernel-core",
        "kernel-rt-core",
        "glibc",
        "linux-firmware",
        "systemd",
        "dbus-broker",
        "dbus-daemon",
        "microcode_ctl",
    )
    started = int(text("/proc/1/stat").rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
    uptime = float(text("/proc/uptime").split()[0])
    booted = time.time() - uptime + started
    answer = run("rpm", "-q", "--qf", "%{NAME} %{INSTALLTIME}\n", *names)
    pairs = (line.split() for line in answer.stdout.splitlines())
    return sorted({p[0] for p in pairs if len(p) == 2 and p[0] in names and float(p[1]) > booted})


def dnf(wanted: dict[str, Any] | None, holder: str | None) -> dict[str, object]:
    """Return who holds dnf's lock, and the pending updates if they are wanted."""
    if not wanted or not shutil.which("dnf"):
        return {"holder": holder, "updates": [], "error": None}
    command = ["dnf", "-q", "--setopt=exit_on_lock=True", "check-update"]
    answer = run(*command, *(f"--exclude={name}" for name in wanted["exclude"]), timeout=300)
    return {"holder": holder, **updates(answer)}


def side_by_side(looks: dict[str, Callable[[], object]]) -> dict[str, object]:
    """Return what each look gave; what one raises is raised."""
    found: dict[str, object] = {}
    failed: list[Exception] = []

    def look(name: str) -> None:
        try:
            found[name] = looks[name]()
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=look, args=(name,)) for name in looks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return found


def main(request: dict[str, Any]) -> dict[str, object]:
    interfaces = {name for _, name in socket.if_nameindex()}
    holder = dnf_holder()  # before we are it
    looks: dict[str, Callable[[], object]] = {
        "dnf": lambda: dnf(request["dnf"], holder),
        "firewall": lambda: firewall(request["zone"], request["interfaces"]),
        "packages": lambda: packages(request["packages"]),
        "updated_since_boot": updated_since_boot,
        "units": lambda: units(request["units"]),
        "kea": lambda: kea(request["socket"], request["running"], request["ask"]),
        "chrony": chrony,
        "key": lambda: fingerprints(request["key"]),
        "listening": listening,
        "selinux": lambda: run("getenforce").stdout.strip() or "Disabled",
        "user": os.geteuid,
        "os": operating_system,
        "interfaces": lambda: {name: name in interfaces for name in request["interfaces"]},
        "files": lambda: {path: file(path) for path in request["files"]},
        "texts": lambda: {
            path: text(path) for pattern in request["texts"] for path in sorted(glob.glob(pattern))
        },
        "disk": lambda: free_bytes(request["disk"]),
        "secret": lambda: secret(request["secret"]) if request["secret"] else None,
    }
    parts = request["parts"] or list(looks)
    report = side_by_side({name: looks[name] for name in parts})
    report["clock"] = time.time()
    return report
