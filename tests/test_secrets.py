"""No face of keaprov shows a secret: a marker is planted wherever one can stand, and looked for.

The places come from the schemas, so that a new key cannot be forgotten.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from keaprov import report, schema, secret, veil
from keaprov.site import check_file
from tests.planting import BASE, MARKER, Place, clean, faces, put

PUBLIC = {
    "authentication", "credentials", "key-file", "key-url", "password-file", "user-file",
    "basic-auth-user", "basic-auth-password-file",
}  # fmt: skip
"""Names in the schemas that sound secret, and are not."""


def properties(name: str) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Yield every property of a schema: its path in a document, and its schema."""
    whole = schema.schema(name)

    def walk(part: dict[str, Any], path: Place, refs: tuple[str, ...]) -> Iterator[Any]:
        ref = str(part.get("$ref", ""))
        if ref in refs:
            return
        if ref:
            inner = whole["$defs"][ref.rpartition("/")[2]]
            yield from walk(
                {**inner, **{k: v for k, v in part.items() if k != "$ref"}}, path, (*refs, ref)
            )
            return
        for key, inner in part.get("properties", {}).items():
            yield (*path, key), inner
            yield from walk(inner, (*path, key), refs)
        if isinstance(part.get("items"), dict):
            yield from walk(part["items"], (*path, 0), refs)
        if isinstance(part.get("additionalProperties"), dict):
            yield from walk(part["additionalProperties"], (*path, "dhcp1"), refs)

    yield from walk(whole, (), ())


def sounds_secret(key: str) -> bool:
    parts = ("pass", "secret", "token", "credential", "auth", "key")
    return any(part in key for part in parts)


@pytest.mark.parametrize("name", ["site", "dhcp4", "ctrl-agent", "ha"])
def test_the_schemas_and_the_mechanism_agree_on_what_is_secret(name: str) -> None:
    for path, part in properties(name):
        key = str(path[-1])
        assert secret.is_secret(key) is part.get("writeOnly", False), path
        if sounds_secret(key) and not secret.is_secret(key):
            assert key in PUBLIC | {"authoritative"}, path


def places() -> Iterator[Place]:
    """Yield the paths in a site file at which a secret can stand."""
    for path, _ in properties("site"):
        if secret.is_secret(path[-1]):
            yield path
    for path, _ in properties("dhcp4"):
        if secret.is_secret(path[-1]):
            yield ("dhcp4", *path)
    hook: Place = ("dhcp4", "hooks-libraries", 0, "parameters")
    yield from (
        (*hook, "servers", 0, "secret"),
        (*hook, "high-availability", 0, "basic-auth-password"),
    )
    yield from (("failover", "basic-auth-password"), ("dhcp4", "user-context", "api-token"))


PLACES = list(places())
URLS = [path for path, _ in properties("site") if "url" in str(path[-1])]
SHAPES = {
    "the value": MARKER,
    "quotes and backslashes": f"{MARKER}\"'\\n",
    "a list": [MARKER],
    "a map": {"plain": MARKER},
    "a key": {MARKER: None},
    "too much": {"env": "NAME", "plain": MARKER},
    "long": "x" * 50 + MARKER,
    "two lines": f"x\n{MARKER}\ny",
}


@pytest.mark.parametrize("place", PLACES, ids=lambda place: ".".join(map(str, place)))
@pytest.mark.parametrize("suffix", [".yaml", ".json"])
def test_nothing_shows_a_secret_whatever_its_shape(
    place: Place, suffix: str, tmp_path: Path
) -> None:
    for shape in SHAPES.values():
        path = tmp_path / f"site{suffix}"
        path.write_text(json.dumps(put(BASE, place, shape), indent=1))
        clean(path)
        around = put(BASE, place[:-1], [{str(place[-1]): shape}])
        path.write_text(json.dumps(around))
        clean(path)


KNOWN = [place for place in PLACES if "user-context" not in place]
"""Those at which keaprov knows the keys: a user-context may have any key."""


@pytest.mark.parametrize("place", KNOWN, ids=lambda place: ".".join(map(str, place)))
@pytest.mark.parametrize("suffix", [".yaml", ".json"])
def test_nothing_shows_a_secret_that_is_one_word_with_its_key(
    place: Place, suffix: str, tmp_path: Path
) -> None:
    """In YAML ``password:x`` without the blank is one text: a key, or a value."""
    path = tmp_path / f"site{suffix}"
    for sign in (":", "=", " = "):
        word = f"{place[-1]}{sign}{MARKER}"
        for document in (
            put(BASE, (*place[:-1], word), 1),
            put(BASE, place[:-1], word),
            put(BASE, place[:-1], [f"- {word} and more"]),
        ):
            path.write_text(json.dumps(document, indent=1))
            clean(path)


@pytest.mark.parametrize("key", ["pasword", "passwort", "passwrod", "pwd"])
def test_a_misspelt_key_shows_no_secret(key: str, tmp_path: Path) -> None:
    path = tmp_path / "site.json"
    database = {"type": "postgresql", key: MARKER}
    path.write_text(json.dumps(BASE | {"dhcp4": {"hosts-database": database}}))
    checked = check_file(path)
    assert any(key in problem.message for problem in checked.problems)
    for form in report.FORMATS.values():
        assert MARKER not in form(checked.problems, checked.sources)


@pytest.mark.parametrize(
    ("place", "key"),
    [
        (("dhcp4", "hosts-database"), "passwor-d"),
        (("dhcp4", "hosts-database"), "Pass-word"),
        (("control-agent",), "pass"),
        (("failover",), "basic-auth-passwo-rd"),
    ],
)
@pytest.mark.parametrize("suffix", [".yaml", ".json"])
def test_a_key_that_may_be_meant_as_a_secret_shows_no_value(
    place: Place, key: str, suffix: str, tmp_path: Path
) -> None:
    path = tmp_path / f"site{suffix}"
    for shape in SHAPES.values():
        document = put(BASE, (*place, key), shape)
        for indent in (None, 1):
            path.write_text(json.dumps(document, indent=indent))
            assert any(key in problem.message for problem in check_file(path).problems)
            clean(path)


def test_a_short_secret_leaves_the_words_around_it(tmp_path: Path) -> None:
    path = tmp_path / "site.json"
    database = {"type": "postgresql", "password": "y", "passwd": "n"}
    path.write_text(json.dumps(BASE | {"dhcp4": {"hosts-database": database}}))
    messages = [problem.message for problem in check_file(path).problems]
    assert "unknown key 'passwd'" in messages


@pytest.mark.parametrize("place", URLS, ids=lambda place: ".".join(map(str, place)))
@pytest.mark.parametrize(
    "url",
    [
        f"https://u:{MARKER}@h/x y",
        f"https://{MARKER}@h/x",
        *(f"https://u:{before}{MARKER}@h/x" for before in ('"', "\\", " ", "a: ", "/", "a@b")),
        *(f"https://h/x?a=b&{key}={MARKER}&z=1" for key in ("token", "api_key", "my-psk")),
        f"https://h/x?ApiKey={MARKER}",
        f"https://h/x?password=a'{MARKER}",
    ],
)
def test_no_url_shows_its_password(place: Place, url: str, tmp_path: Path) -> None:
    path = tmp_path / "site.json"
    path.write_text(json.dumps(put(BASE, place, url)))
    clean(path)


@pytest.mark.parametrize("key", ["psk", "api-key", "api_key", "apiKey", "auth-key", "private_key"])
def test_no_context_shows_a_key(key: str, tmp_path: Path) -> None:
    path = tmp_path / "site.json"
    addresses = [f"https://h/?{key}={MARKER}", f"https://h/?a=1&{key}={MARKER}#b"]
    context = {f"wlan-{key}": MARKER, "urls": addresses, "key-file": "/etc/kea/wlan"}
    path.write_text(json.dumps(put(BASE, ("dhcp4", "user-context"), context)))
    clean(path)
    rendered = list(faces(path))[-1]
    assert (f'"https://h/?{key}=(secret)"' in rendered, "/etc/kea/wlan" in rendered) == (True, True)


@pytest.mark.parametrize(
    "text",
    [
        *("http://h/?page_tokens=4&b=c", "http://h/?key=${net0/mac}", "token=x, http://h/"),
        "http://h/token=x",
    ],
)
def test_another_parameter_is_no_secret(text: str) -> None:
    assert secret.without_credentials(text) == text


@pytest.mark.parametrize(
    "text",
    ["http://10.0.0.1:8000/ a@b", "http://[::1]:8000/ a@b", "http://h/ a: b@c", "http://h:80, a@b"],
)
def test_a_port_is_not_a_password(text: str) -> None:
    assert secret.without_credentials(text) == text


def test_a_url_used_as_a_key_shows_no_password(tmp_path: Path) -> None:
    path = tmp_path / "site.json"
    path.write_text(json.dumps({**BASE, f"http://admin:{MARKER}@host/": 1}))
    clean(path)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.conf", '{"Dhcp4": {"lease-database": {"type": "mysql", "password" "MARKER"}}}'),
        ("a.conf", '{"Dhcp4": {"lease-database": {"password": "MARKER" "x"}}}'),
        ("a.conf", '{"Dhcp4": {"lease-database": {"password": MARKER}}}'),
        ("a.conf", '{"Dhcp4": {"lease-database": {"pass\\u0077ord": "MARKER"}}, "x": MARKER}'),
        ("a.conf", '{"Dhcp4": {"lease-database": {"type": "mysql",\n"password":\n"MARKER", 5}}}'),
        ("a.conf", '{"Control-agent": {"authentication": {"clients": [{"password": [MARKER]}]}}}'),
        ("a.yaml", "password: *MARKER"),
        ("a.yaml", "password: !MARKER x"),
        ("a.yaml", "password: MARKER\n  more: : x"),
        ("a.yaml", "control-agent: {password: MARKER"),
        ("a.yaml", "dhcp4:\n  lease-database:\n    password: |\n      MARKER\n   x: 1"),
        ("a.yaml", "dhcp4:\n  lease-database:\n    password: >\n\n      MARKER\n    nix: 1"),
        ("a.yaml", 'password: "one\n  MARKER\n'),
        ("a.yaml", "x: &here MARKER\ncontrol-agent: {password: *here}"),
        ("a.yaml", "password: MARKER\npassword: MARKER\n"),
    ],
)  # fmt: skip
def test_nor_does_a_file_that_cannot_be_read(name: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text.replace("MARKER", MARKER))
    assert check_file(path).problems
    clean(path)


def test_a_reference_to_a_secret_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text("control-agent: {password: {env: NAME}}\nfailover: {nix: 1}\n")
    checked = check_file(path)
    assert "password: {env: NAME}" in checked.sources[str(path)]


@pytest.mark.parametrize("ending", secret.ENDINGS)
def test_a_text_that_names_a_secret_is_searched(ending: str) -> None:
    assert veil.may_hold(f"- my-{ending.upper()}: x")
    assert not veil.may_hold("- subnet: 10.0.0.0/8")
