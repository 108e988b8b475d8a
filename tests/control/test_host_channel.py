"""The channel over pyinfra's own connection, and who becomes root how."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pyinfra.api.arguments import pop_global_arguments
from pyinfra.api.config import Config
from pyinfra.api.host import Host
from pyinfra.api.inventory import Inventory
from pyinfra.api.state import State
from pyinfra.context import ctx_host

from keaprov.facts.channel import HostChannel, rights_of
from tests.deploying import ROOT
from tests.lab import lab

INVENTORY = """
from pathlib import Path
state = Path({state!r})
common = {{
    "ssh_hostname": "127.0.0.1", "ssh_key": str(state / "id_ed25519"),
    "ssh_known_hosts_file": str(state / "known_hosts"), "ssh_strict_host_key_checking": "yes",
}}
servers = [
    ("dhcp1", {{**common, "ssh_port": 2201, "ssh_user": "root"}}),
    ("dhcp2", {{**common, "ssh_port": 2202, "ssh_user": "admin", "_sudo": True}}),
]
"""
DEPLOY = """
from pyinfra.api.command import FunctionCommand
from pyinfra.api.operation import operation
from keaprov.control import alive
from keaprov.errors import ControlError
from keaprov.facts.channel import HostChannel, rights_of

alive.INTERVAL, alive.LIMIT, alive.TICK = 1, 3, 0.2


def act(state, host):
    if host.name != "dhcp1":
        return True
    for other in state.inventory:
        channel = HostChannel(other, rights_of(other))
        try:
            held = channel.hold("a run")
            request = {"active": "/x", "directory": "/x", "password": "hush"}
            print(channel.name, channel.program("history", request)["kept"], held.lost)
            try:
                channel.program("observe", {}, 0.01)
            except ControlError as error:
                print(error)
            print("after that", held.lost)
            try:
                other.run_shell_command(FREEZE)
            except Exception as error:
                print("pyinfra", error)
            print("frozen", held.lost)
            channel.program("history", request)
        except ControlError as error:
            print(error)
    return True


@operation()
def probe():
    yield FunctionCommand(act, [], {})


probe(name="Probe")
"""
FREEZE = (
    "test $(id -u) = 0 || S='sudo -n'; (sleep 7; $S kill -CONT $PPID; $S kill $PPID) "
    ">/dev/null 2>&1 & $S kill -STOP $PPID; exec sleep 99"
)


@pytest.mark.lab
def test_one_host_acts_for_both(tmp_path: Path) -> None:
    from tests.lab.topology import STATE

    lab.up()
    (tmp_path / "inventory.py").write_text(INVENTORY.format(state=str(STATE)))
    (tmp_path / "deploy.py").write_text(f"FREEZE = {FREEZE!r}\n{DEPLOY}")
    program = str(Path(sys.executable).with_name("pyinfra"))
    done = subprocess.run(
        [program, "inventory.py", "deploy.py", "-y", "-vvv", "--debug"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": "/root"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    for name in ("dhcp1", "dhcp2"):
        lines = [line for line in done.stdout.splitlines() if line.startswith(f"{name}")]
        assert lines == [
            f"{name} [] False",
            f"{name}: `observe` did not end within 0 s",
            f"{name}: the host has not answered for 3 s",
        ], done.stdout + done.stderr
    assert done.stdout.count("after that False") == 2
    assert done.stdout.count("frozen True") == 2
    assert ">>> keaprov-history" in done.stderr
    assert "hush" not in done.stdout + done.stderr
    assert "def main" not in done.stdout + done.stderr


def test_a_host_without_ssh() -> None:
    (host,) = hosts({"@local": {}})
    channel = HostChannel(host, rights_of(host))
    assert channel.name == "@local"
    held = channel.hold("a run")
    assert not held.lost
    held.free()
    request = {"active": "/x", "directory": "/x"}
    assert channel.program("history", request)["kept"] == []


def hosts(data: dict[str, dict[str, Any]], **config: Any) -> list[Host]:
    """Return pyinfra's hosts with these data, of which none is connected."""
    make_inventory: Any = Inventory
    make_config: Any = Config
    state = State(make_inventory((list(data.items()), {})), make_config(**config))
    return [state.inventory.get_host(name) for name in data]


def given(host: Host, **arguments: Any) -> Any:
    """Return the global arguments that an operation with these arguments has on a host."""
    return pop_global_arguments(host.state, host, arguments)[0]


@pytest.mark.parametrize(
    ("first", "second", "arguments", "config", "expected"),
    [
        ({}, {}, {}, {}, (False, None)),
        ({}, {}, {}, {"SUDO": True}, (True, None)),
        ({}, {}, {"_sudo": True, "_sudo_password": "p"}, {}, (True, "p")),
        ({"_sudo": True, "_sudo_password": "p"}, {}, {}, {}, (False, None)),
        ({"_sudo": True}, {"_sudo": True, "_sudo_password": "q"}, {}, {}, (True, "q")),
        ({}, {"_sudo": True, "_sudo_password": "q"}, {}, {}, (True, "q")),
        ({"_sudo_password": "p"}, {"_sudo_password": "q"}, {"_sudo": True}, {}, (True, "q")),
        ({}, {"_sudo": False}, {}, {"SUDO": True}, (False, None)),
        ({}, {"_sudo": False}, {"_sudo": True}, {}, (True, None)),
    ],
)
def test_another_hosts_rights_are_what_its_own_operation_would_have(
    first: dict[str, Any],
    second: dict[str, Any],
    arguments: dict[str, Any],
    config: dict[str, Any],
    expected: tuple[bool, str | None],
) -> None:
    actor, other = hosts({"dhcp1": first, "dhcp2": second}, **config)
    own = given(other, **arguments)
    actor.current_op_global_arguments = given(actor, **arguments)
    with ctx_host.use(actor):
        rights = rights_of(other)
        assert (rights["_sudo"], rights["_sudo_password"]) == expected
        assert rights == {key: own[key] for key in rights}, "as pyinfra itself would do it"
        assert rights_of(actor)["_sudo"] == actor.current_op_global_arguments["_sudo"]


def test_a_host_in_an_operation_has_this_operations_rights() -> None:
    actor, other = hosts({"dhcp1": {}, "dhcp2": {}})
    other.current_op_global_arguments = given(other, _sudo=True, _sudo_user="kea")
    with ctx_host.use(actor):
        assert (rights_of(other)["_sudo"], rights_of(other)["_sudo_user"]) == (True, "kea")
        assert not rights_of(actor)["_sudo"]
