"""Build and sign the lab's RPMs, and lay them out as the real repositories are."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.lab.keys import DISTRIBUTION, EPEL, ISC, ISC_3_2, ROGUE, Key
from tests.lab.rpms import Entry, Rpm, every
from tests.lab.shell import run

ISC_ROOT = "public/isc/kea-3-0"
NEWER_ROOT = "public/isc/kea-3-0-newer"
NEXT_ROOT = "public/isc/kea-3-2"
OLDER_ROOT = "public/isc/kea-2-6"
ROGUE_ROOT = "public/isc/kea-3-0-rogue"
SWAPPED_ROOT = "public/isc/kea-3-0-swapped"
TREES = {
    "baseos": "rocky/baseos",
    "extras": "rocky/extras",
    "appstream": "rocky/appstream",
    "epel": "epel",
    "isc": f"{ISC_ROOT}/rpm/el/9/x86_64",
    "isc-newer": f"{NEWER_ROOT}/rpm/el/9/x86_64",
    "isc-3-2": f"{NEXT_ROOT}/rpm/el/9/x86_64",
    "isc-2-6": f"{OLDER_ROOT}/rpm/el/9/x86_64",
}
KEYS = (
    (DISTRIBUTION, "rocky"), (EPEL, "epel"), (ISC, "isc"), (ISC_3_2, "isc-3-2"), (ROGUE, "rogue"),
)  # fmt: skip
OFFERED = {
    ISC_ROOT: ISC, NEWER_ROOT: ISC, NEXT_ROOT: ISC_3_2, OLDER_ROOT: ISC, ROGUE_ROOT: ROGUE,
    SWAPPED_ROOT: ISC,
}  # fmt: skip
"""The roots of the vendor's repositories, and the key that each offers."""


def build(full: Path, target: Path) -> None:
    """Build every RPM with the tools of the tree `full`, and write the signed trees to `target`.

    Besides ISC's tree there are two that must be refused: ``…-rogue`` is signed by another key and
    offers it, ``…-swapped`` is signed by another key and offers the genuine one. The packages for
    release 10 are those for release 9.
    """
    with _workshop(full) as shop:
        for key, name in KEYS:
            _import(shop, key, name)
        for tree in TREES.values():
            (shop / "out" / tree).mkdir(parents=True)
        for rpm in every(full):
            _build(full, shop, rpm)
        for root in (ISC_ROOT, NEWER_ROOT, NEXT_ROOT, OLDER_ROOT):
            (shop / "out" / root / "rpm/el/9/noarch").mkdir(parents=True)
        for copy in (ROGUE_ROOT, SWAPPED_ROOT):
            shutil.copytree(shop / "out" / ISC_ROOT, shop / "out" / copy)
        for signed, signer in _signed(shop / "out"):
            _sign(full, shop, signed, signer)
        names = dict(KEYS)
        for root, offered in OFFERED.items():
            file = shop / "out" / root / f"gpg.{offered.key_id}.key"
            shutil.copy(shop / "keys" / f"{names[offered]}.asc", file)
            (shop / "out" / root / "rpm/el/10").symlink_to("9")
        shutil.move(shop / "out", target)


@contextmanager
def _workshop(full: Path) -> Iterator[Path]:
    """Give a directory in the tree to work in; only the public keys stay behind."""
    shop = full / "lab"
    shop.mkdir()
    for name in ("keys", "gnupg", "rpmbuild", "out"):
        (shop / name).mkdir(mode=0o700)
    for kind in ("proc", "dev"):
        run("mount", "--rbind", f"/{kind}", full / kind)
    try:
        yield shop
    finally:
        run("chroot", full, "gpgconf", "--homedir", "/lab/gnupg", "--kill", "all", check=False)
        for kind in ("proc", "dev"):
            run("umount", "-R", "-l", full / kind, check=False)
        for name in ("gnupg", "rpmbuild", "out"):
            shutil.rmtree(shop / name, ignore_errors=True)


def _gpg(full: Path, *argv: str) -> None:
    run("chroot", full, "gpg", "--homedir", "/lab/gnupg", "--batch", "--yes", *argv)


def _import(shop: Path, key: Key, name: str) -> None:
    packets = shop / "gnupg" / f"{name}.gpg"
    packets.write_bytes(key.secret_packets())
    full = shop.parent
    _gpg(full, "--import", f"/lab/gnupg/{name}.gpg")
    _gpg(full, "--armor", "--output", f"/lab/keys/{name}.asc", "--export", key.fingerprint)


def _build(full: Path, shop: Path, rpm: Rpm) -> None:
    work = Path(tempfile.mkdtemp(dir=shop / "rpmbuild"))
    inside = Path("/") / work.relative_to(full)
    for path, entry in rpm.files.items():
        _place(full, work / "root" / path.lstrip("/"), entry)
    (work / "root").mkdir(exist_ok=True)
    (work / "spec").write_text(rpm.spec())
    command = ["rpmbuild", "-bb", "--quiet", "--target", rpm.arch]
    for macro in (
        f"_topdir {inside}/top",
        f"_rpmdir {inside}/made",
        "_binary_payload w1.gzdio",
        "__os_install_post %{nil}",
        "_build_id_links none",
        "debug_package %{nil}",
    ):
        command += ["--define", macro]
    copy = f"%install\nmkdir -p %{{buildroot}}\ncp -a {inside}/root/. %{{buildroot}}/\n%files\n"
    (work / "spec").write_text(rpm.spec().replace("%files\n", copy, 1))
    run("chroot", full, *command, f"{inside}/spec")
    made = next((work / "made").glob("*/*.rpm"))
    shutil.move(made, shop / "out" / TREES[rpm.repository] / made.name)
    shutil.rmtree(work)


def _place(full: Path, target: Path, entry: Entry) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if entry.text is not None:
        target.write_text(entry.text)
    elif entry.copy is not None:
        shutil.copy(full / entry.copy.lstrip("/"), target)
    else:
        target.mkdir(exist_ok=True)


def _signed(out: Path) -> Iterator[tuple[Path, Key]]:
    for name in ("baseos", "extras", "appstream"):
        yield out / TREES[name], DISTRIBUTION
    yield out / TREES["epel"], EPEL
    for root, key in {**OFFERED, SWAPPED_ROOT: ROGUE}.items():
        for arch in ("x86_64", "noarch"):
            yield out / root / "rpm/el/9" / arch, key


def _sign(full: Path, shop: Path, tree: Path, key: Key) -> None:
    inside = Path("/") / tree.relative_to(full)
    names = [f"{inside}/{path.name}" for path in sorted(tree.glob("*.rpm"))]
    environment = {**os.environ, "GNUPGHOME": "/lab/gnupg", "HOME": "/root"}
    if names:
        run(
            "chroot", full, "rpmsign", "--define", f"_gpg_name {key.fingerprint}",
            "--define", "_gpg_path /lab/gnupg", "--addsign", *names, env=environment,
        )  # fmt: skip
    run("chroot", full, "createrepo_c", "--quiet", "--compatibility", str(inside), check=False)
    if not (tree / "repodata/repomd.xml").exists():
        run("chroot", full, "createrepo_c", "--quiet", str(inside))
    _gpg(
        full, "--local-user", key.fingerprint, "--detach-sign", "--armor",
        f"{inside}/repodata/repomd.xml",
    )  # fmt: skip
