"""From an installed wheel, outside the checkout: init, check, and a deploy up to the hosts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploying import ROOT


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the wheel of this checkout is installed into."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    build = ["wheel", "--no-build-isolation", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run([*pip, *build], check=True, capture_output=True)
    (wheel,) = folder.glob("keaprov-*.whl")
    install = ["install", "--no-deps", "--target", str(folder / "installed"), str(wheel)]
    subprocess.run([*pip, *install], check=True, capture_output=True)
    return folder / "installed"


def run(installed: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a program of this environment in a folder, with the installed keaprov."""
    program = Path(sys.executable).with_name(words[0])
    home = {**os.environ, "PYTHONPATH": str(installed), "HOME": str(folder)}
    command = [str(program), *words[1:]]
    return subprocess.run(command, cwd=folder, env=home, capture_output=True, text=True)


def test_a_site_is_written_checked_and_deployed_outside_the_checkout(
    installed: Path, tmp_path: Path
) -> None:
    where = run(installed, tmp_path, "python", "-c", "import keaprov; print(keaprov.__file__)")
    assert where.stdout.startswith(str(installed))
    assert run(installed, tmp_path, "keaprov", "init", "site").returncode == 0
    folder = tmp_path / "site"
    assert run(installed, folder, "keaprov", "check", "site.yaml").stdout == "no problems\n"
    inventory = folder / "inventory.py"
    nowhere = '"ssh_hostname": "127.0.0.1", "ssh_port": 1, "ssh_user"'
    inventory.write_text(inventory.read_text().replace('"ssh_user"', nowhere))
    done = run(installed, folder, "pyinfra", "inventory.py", "deploy.py", "--dry", "-y")
    assert "No hosts remaining" in done.stderr, done.stderr
    loaded = run(installed, folder, "python", "-c", "from keaprov import deploys; print(deploys)")
    assert str(installed) in loaded.stdout, loaded.stderr


def test_the_deploy_file_is_the_same_everywhere() -> None:
    texts = {
        (ROOT / name).read_text()
        for name in ("deploy.py", "files/inventory/deploy.py", "inventories/example/deploy.py")
    }
    assert len(texts) == 1
