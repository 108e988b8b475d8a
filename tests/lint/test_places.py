"""Files in Kea's own directories, loggers, databases, secrets: places, messages and cures."""

from __future__ import annotations

from typing import Any

import pytest

from keaprov.lint import databases, places
from tests.lint.reports import reports

DIRECTORIES = {
    "lease": "/var/lib/kea",
    "log": "/var/log/kea",
    "socket": "/var/run/kea",
    "hook": "/usr/lib64/kea/hooks",
}
BARE = "Write the bare file name."


def of_logger(**keys: Any) -> dict[str, Any]:
    return {"loggers": [{"severity": "INFO"}, {"severity": "INFO", **keys}]}


def with_file(kind: str, name: str) -> tuple[str, dict[str, Any]]:
    """Return where a file of a kind is named, and a body that names it."""
    return {
        "lease": ("lease-database.name", {"lease-database": {"type": "memfile", "name": name}}),
        "log": ("loggers[1].output-options[0].output",
                of_logger(**{"output-options": [{"output": name}]})),
        "socket": ("control-sockets[0].socket-name",
                   {"control-sockets": [{"socket-type": "unix", "socket-name": name}]}),
        "hook": ("hooks-libraries[0].library", {"hooks-libraries": [{"library": name}]}),
    }[kind]  # fmt: skip


@pytest.mark.parametrize(("kind", "directory"), DIRECTORIES.items())
def test_a_file_is_in_the_directory_of_its_kind(kind: str, directory: str) -> None:
    """Kea ARM, Kea Configuration File Security: since 3.0 in no other directory."""
    for name in ("a.b", f"{directory}/a.b"):
        assert reports(places.RULES, with_file(kind, name)[1]) == []
    for name in ("/srv/a.b", f"{directory}/x/a.b", "./a.b", f"{directory}//a.b"):
        where, body = with_file(kind, name)
        message = f"{name}: Kea takes a bare name, which ISC's packages find in {directory}"
        assert reports(places.RULES, body) == [("KP701", where, message, "Write 'a.b'.")]
    where, body = with_file(kind, f"{directory}/")
    message = f"{directory}/: Kea takes a bare name, which ISC's packages find in {directory}"
    assert reports(places.RULES, body) == [("KP701", where, message, BARE)]


@pytest.mark.parametrize("name", [".", "..", " . ", "..\t"])
@pytest.mark.parametrize("kind", ["lease", "socket", "hook"])
def test_a_directory_is_not_a_file(kind: str, name: str) -> None:
    """Kea opens these files: of a lease file and a socket that fails when it starts."""
    for given in (name, f"{DIRECTORIES[kind]}/{name.strip()}"):
        where, body = with_file(kind, given)
        message = f"{given} is a directory, not a file"
        assert reports(places.RULES, body) == [("KP701", where, message, BARE)]
    for right in ("...", ".a", "a."):
        assert reports(places.RULES, with_file(kind, right)[1]) == []


def test_the_path_of_a_socket_has_107_bytes_at_most() -> None:
    """sun_path has 108 bytes with its NUL (unix(7))."""
    for longest in ("a" * 94, "/var/run/kea/" + "a" * 94, "é" * 47):
        assert reports(places.RULES, with_file("socket", longest)[1]) == []
    for long in ("a" * 95, "é" * 47 + "a"):
        where, body = with_file("socket", long)
        (line,) = reports(places.RULES, body)
        assert (line[:2], line[3]) == (("KP701", where), "Write at most 94 bytes.")
        assert "is too long" in line[2]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("hook", "/usr/lib/kea/hooks/a.so"),
        ("hook", "/usr/local/lib/kea/hooks/a.so"),
        ("hook", "/usr/lib/x86_64-linux-gnu/kea/hooks/a.so"),
        ("socket", "/run/kea/a"),
        ("lease", "/usr/local/var/lib/kea/a"),
        ("log", "/usr/local/var/log/kea/a"),
    ],
)
def test_a_file_in_the_directory_of_another_build(kind: str, name: str) -> None:
    where, body = with_file(kind, name)
    message = f"{name}: Kea takes a bare name, which ISC's packages find in {DIRECTORIES[kind]}"
    hint = f"Write {name.rpartition('/')[2]!r}."
    assert reports(places.RULES, body) == [("KP712", where, message, hint)]


def test_outputs_that_are_not_files() -> None:
    """Kea ARM, The output (string) Option: stdout, stderr, syslog, syslog:NAME."""
    for key in ("output-options", "output_options"):
        good = ["stdout", "stderr", "syslog", "syslog:a/b", "a.log"]
        outputs = [{"output": text} for text in (*good, "stdin/x")]
        lines = reports(places.RULES, of_logger(**{key: outputs}))
        assert [line[1] for line in lines] == [f"loggers[1].{key}[5].output"]


def test_a_database_of_another_type_has_no_file() -> None:
    body = {
        "lease-database": {"type": "mysql", "name": "/srv/a"},
        "hooks-libraries": [{"library": "libdhcp_mysql.so"}],
    }
    assert reports(places.RULES, body) == []


@pytest.mark.parametrize(
    "severity", ["NONE", "FATAL", "ERROR", "WARN", "INFO", "DEBUG", "debug", 5]
)
def test_severities(severity: Any) -> None:
    """Kea ARM, The severity (string) Logger."""
    assert reports(places.RULES, {"loggers": [{"severity": severity}]}) == []


def test_wrong_severities() -> None:
    assert reports(places.RULES, {"loggers": [{"name": "a"}, {"severity": "LOUD"}]}) == [
        ("KP702", "loggers[0]", "a logger without severity: kea-dhcp4 does not start",
         "Add `severity: INFO`. `kea-dhcp4 -t` does not notice."),
        ("KP702", "loggers[1].severity", "'LOUD' is not a severity",
         "One of NONE, FATAL, ERROR, WARN, INFO, DEBUG."),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("where", "subnet"),
    [("hostname-char-set", {}), ("subnet4[0].hostname-char-set", {"hostname-char-set": "["})],
)
def test_a_set_of_letters(where: str, subnet: dict[str, Any]) -> None:
    """Kea ARM, Sanitizing Client FQDN Values: a POSIX extended regular expression."""
    text = "[^a-z]" if subnet else "["
    body = {"hostname-char-set": text, "subnet4": [{"subnet": "10.0.0.0/24", **subnet}]}
    (line,) = reports(places.RULES, body)
    code, place, message, hint = line
    assert (code, place, hint) == ("KP705", where, "Write it as [^A-Za-z0-9.-].")
    assert message.startswith("'[' is not a regular expression: ")


MYSQL = {"hooks-libraries": [{"library": "libdhcp_mysql.so"}]}
BOTH = {"hooks-libraries": [*MYSQL["hooks-libraries"], {"library": "libdhcp_pgsql.so"}]}
OF_MYSQL = {"type": "mysql", "name": "a"}
USE = "Use mysql or postgresql here."


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"lease-database": {"type": "mysql", "name": "a"}},
         ("lease-database.type", "mysql needs the hook library libdhcp_mysql.so",
          "Add {library: libdhcp_mysql.so} to hooks-libraries.")),
        ({"lease-database": {"type": "postgresql", "name": "a"}, **MYSQL},
         ("lease-database.type", "postgresql needs the hook library libdhcp_pgsql.so",
          "Add {library: libdhcp_pgsql.so} to hooks-libraries.")),
        ({"hosts-database": {"type": "memfile"}},
         ("hosts-database.type", "memfile keeps leases only", USE)),
        ({"hosts-databases": [{"type": "memfile"}]},
         ("hosts-databases[0].type", "memfile keeps leases only", USE)),
        ({"config-control": {"config-databases": [{"type": "memfile"}]}},
         ("config-control.config-databases[0].type", "memfile keeps leases only", USE)),
        ({"lease-database": {"type": "memfile", "readonly": False}},
         ("lease-database.readonly", "readonly is for a database of hosts", "Leave it out.")),
        ({"config-control": {"config-databases": [{**OF_MYSQL, "readonly": True}]}, **MYSQL},
         ("config-control.config-databases[0].readonly", "readonly is for a database of hosts",
          "Leave it out.")),
        *(({"lease-database": {"type": kind, "name": "a", key: 1}, **BOTH},
           (f"lease-database.{key}", f"{key} is for {owner}, not for {kind}",
            "Leave it out, or write 0."))
          for key, owner, kind in (
              ("read-timeout", "mysql", "memfile"), ("read-timeout", "mysql", "postgresql"),
              ("write-timeout", "mysql", "memfile"), ("write-timeout", "mysql", "postgresql"),
              ("tcp-user-timeout", "postgresql", "memfile"),
              ("tcp-user-timeout", "postgresql", "mysql"))),
    ],
)  # fmt: skip
def test_a_wrong_database(body: dict[str, Any], wanted: tuple[str, str, str]) -> None:
    """Kea ARM, Lease Storage and Hosts Storage; dbaccess_parser.cc."""
    assert reports(databases.RULES, body) == [("KP703", *wanted)]


@pytest.mark.parametrize(
    "body",
    [
        {"lease-database": {"type": "memfile", "name": "a"}},
        {
            "lease-database": {"type": "mysql", "name": "a", "read-timeout": 1, "write-timeout": 1},
            **MYSQL,
        },
        {"lease-database": {"type": "postgresql", "name": "a", "tcp-user-timeout": 1}, **BOTH},
        {"lease-database": {"type": "memfile", "read-timeout": 0}},
        {"lease-database": {"type": "x", "read-timeout": 1}},
        {"hosts-database": {"type": "mysql", "name": "a", "readonly": True}, **MYSQL},
        {"hosts-databases": [{"type": "mysql", "name": "a", "readonly": True}], **MYSQL},
    ],
)
def test_a_right_database(body: dict[str, Any]) -> None:
    assert reports(places.RULES, body) == []
