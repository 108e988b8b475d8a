"""The contenders: keaprov, the playbook, the floor; each makes the pair what a site says."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from keaprov import files, load_site, render, repository
from keaprov.model import Site
from keaprov.observation import observe_request
from tests.lab.topology import SERVERS, STATE

HERE = Path(__file__).parent
ROOT = HERE.parent


def run(*words: str | Path, stdin: str | None = None, cwd: Path = ROOT) -> None:
    """Run a command that has to succeed; SystemExit with its output if it does not."""
    argv = [str(word) for word in words]
    done = subprocess.run(
        argv, cwd=cwd, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, input=stdin
    )
    if done.returncode:
        raise SystemExit(f"benchmark: {' '.join(argv)} failed:\n{done.stdout}")


class Keaprov:
    """Our deploy, as a user runs it."""

    name = "keaprov"
    first = False

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "keaprov"
        shutil.copytree(ROOT / "inventories/lab", self.folder)

    def deploy(self, site: str) -> None:
        """Deploy a site file's text."""
        (self.folder / "site.yaml").write_text(site)
        self._pyinfra(ROOT / "deploy.py", "-y")

    def nothing(self) -> None:
        """Have pyinfra connect to both hosts and run ``true``: less than any deploy can take."""
        self._pyinfra("exec", "--", "true")

    def _pyinfra(self, *words: str | Path) -> None:
        run(Path(sys.executable).with_name("pyinfra"), self.folder / "inventory.py", *words)


class Ansible:
    """The playbook beside this file; configurations are rendered for it beforehand, for nothing."""

    name = "Ansible"

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "ansible"
        shutil.copytree(HERE / "ansible", self.folder)
        self.program = self._install()
        self.first = True

    def deploy(self, site: str) -> None:
        """Deploy a site file's text."""
        self._render(site)
        run(self.program, "-i", "hosts", "playbook.yml", cwd=self.folder)

    def _render(self, text: str) -> None:
        (self.folder / "site.yaml").write_text(text)
        site = load_site(self.folder / "site.yaml")
        for server in site.servers:
            target = self.folder / "rendered" / server.name
            target.mkdir(parents=True, exist_ok=True)
            (target / "kea-dhcp4.conf").write_text(render.dhcp4(site, server))
            (target / "kea-ctrl-agent.conf").write_text(render.agent(site, server))
        (self.folder / "isc-kea.repo").write_text(repository.text(site, "9"))
        (self.folder / "hosts").write_text(self._hosts(site))

    def _hosts(self, site: Site) -> str:
        lines = ["[servers]"]
        for host, server in zip(SERVERS, site.servers, strict=True):
            peer = site.peer(server)
            lines.append(
                f"{host.name} ansible_host=127.0.0.1 ansible_port={host.port} ansible_user=root "
                f"ansible_ssh_private_key_file={STATE}/id_ed25519 "
                f"ansible_ssh_common_args='-o UserKnownHostsFile={STATE}/known_hosts' "
                f"peer={peer.address if peer else ''}"
            )
        lines += ["[primary]", site.servers[0].name, "[standby]", site.servers[1].name]
        lines += [
            "[servers:vars]",
            f"rendered={self.folder}/rendered",
            f"key_url={site.kea.repository.key_url}",
            f"fingerprint={site.kea.repository.fingerprint}",
            f"first_time={self.first}",
        ]
        return "\n".join(lines) + "\n"

    @staticmethod
    def _install() -> Path:
        home = ROOT / ".venv" / "ansible"
        program = home / "bin/ansible-playbook"
        if not program.exists():
            venv.create(home, with_pip=True, clear=True)
            wanted = HERE / "requirements-ansible.txt"
            run(home / "bin/pip", "install", "-q", "--disable-pip-version-check", "-r", wanted)
        return program


def floor(site: Site) -> None:
    """Ask both hosts, side by side over plain ssh, what keaprov asks; decide and change nothing.

    It is the conductor's first observation (`keaprov.conductor.Conductor.begin`).
    """
    waiting = []
    for host, server in zip(SERVERS, site.servers, strict=True):
        request = observe_request(site, server, updates=site.update)
        line = files.program("observe", request)
        command = shlex.join(files.interpreter("observe"))
        words = ["ssh", "-F", f"{STATE}/ssh_config", host.name, command]
        process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        )
        assert process.stdin is not None
        process.stdin.write(line)
        process.stdin.close()
        waiting.append(process)
    if any(process.wait() for process in waiting):
        raise SystemExit("benchmark: the floor's ssh failed")


def execs(pairs: int) -> None:
    """Run one command on both hosts of each pair, all side by side over plain ssh."""
    words = ["ssh", "-F", f"{STATE}/ssh_config"]
    waiting = [subprocess.Popen([*words, host.name, "true"]) for host in SERVERS * pairs]
    if any(process.wait() for process in waiting):
        raise SystemExit("benchmark: ssh failed")


def status(folder: Path, pairs: int) -> None:
    """Run ``keaprov status`` on the lab's site, as many times at once as there are to be pairs."""
    program = Path(sys.executable).with_name("keaprov")
    sites = [folder / "keaprov/site.yaml"] * pairs
    run(program, "status", *sites, "--ssh-config", STATE / "ssh_config")
