"""Comments of Kea's files stay beside what they speak of; none is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keaprov.errors import Mark
from keaprov.importing import comments, proof
from keaprov.source import parse_relaxed
from keaprov.source.yaml12 import parse
from tests.importing import cases

COMMENTED = """\
// the office
{ # root
  // what follows is old
  "Dhcp4": {
    "valid-lifetime": 7200, // two hours
    // phones first,
    //
    // then the rest
    "client-classes": [ { "name": "x", "test": "member('KNOWN')", "only-if-required": true } ],
    /* the domain
     * of everybody */
    "option-data": [
      { "name": "domain-name", "data": "a.example.org" } // plain
    ],
    "dhcp-ddns": {"enable-updates": false,
       # moves
       "qualifying-suffix": "a.example.org"},
    "control-socket": {"socket-type": "unix", "socket-name": "/tmp/s"}, // a socket
    "subnet4": [
      // first floor // left
      { "id": 1, "subnet": "192.0.2.0/24", "comment": "// none",
        "pools": [
          { "pool": "192.0.2.8/29" }, // printers
          { "pool": "192.0.2.16/29" }
          // no more pools
        ] }, // the first ends
      { "subnet": "198.51.100.0/24", "id": 2 } /* last */
    ],
    // password: "hunter22"
    "hooks-libraries": [
      {"library": "libdhcp_stat_cmds.so"}, // counts
      {"library": "libdhcp_flex_id.so", // flexible
       "parameters": {"identifier-expression": "relay4[1].hex"}}
    ]
  }
}
// the end
"""
SITE = """\
# Imported from Kea's own files. Check it: keaprov check site.yaml
# the office
# root
# the end
site: kea

servers:
  a:
    address: 192.0.2.2
    interfaces: []

# what follows is old
dhcp4:
  # two hours
  valid-lifetime: 7200
  # phones first,
  #
  # then the rest
  client-classes:
  - {name: x, test: member('KNOWN'), only-in-additional-list: true}
  # the domain
  # of everybody
  # plain
  option-data: {domain-name: a.example.org}
  dhcp-ddns: {enable-updates: false}
  subnet4:
  # first floor // left
  # the first ends
  - id: 1
    subnet: 192.0.2.0/24
    comment: // none
    # printers
    # no more pools
    pools: [192.0.2.8/29, 192.0.2.16/29]
  # last
  - {subnet: 198.51.100.0/24, id: 2}
  # moves
  ddns-qualifying-suffix: a.example.org
  hooks-libraries:
  # flexible
  - library: libdhcp_flex_id.so
    parameters: {identifier-expression: 'relay4[1].hex'}
"""


def imported(folder: Path, text: str) -> tuple[str, list[str]]:
    """Import a file; return the site file's text, and the comments that are not in it."""
    path = folder / "kea-dhcp4.conf"
    path.write_text(text)
    result = cases.imported([path], a="192.0.2.2")
    return result.files["site.yaml"], [comment.text for comment in result.comments]


def test_each_comment_is_above_what_it_speaks_of(tmp_path: Path) -> None:
    site, left = imported(tmp_path, COMMENTED)
    defaults = ("sanity-checks", "lease-database", "interfaces-config")
    lines = [line for line in site.splitlines() if not line.strip().startswith(defaults)]
    assert lines == SITE.splitlines()
    assert left == ["// a socket", '// password: "hunter22"', "// counts"]


def test_a_comment_of_an_included_file_stays_with_its_row(tmp_path: Path) -> None:
    rows = '"reservations": [{"hw-address": "02:00:00:00:00:01", // the printer\n'
    (tmp_path / "rows.json").write_text(rows + '"ip-address": "192.0.2.9"}]')
    text = COMMENTED.replace('"comment": "// none"', f'<?include "{tmp_path / "rows.json"}"?>')
    site, _ = imported(tmp_path, text)
    assert "    # the printer\n    - {hw-address: '02:00:00:00:00:01'" in site


def test_what_both_servers_say_is_said_once(tmp_path: Path) -> None:
    files = cases.files("pair", tmp_path)
    for path, name in zip(files[:2], "ab", strict=True):
        text = path.read_text().replace('"subnet4":', '\n// both\n"subnet4":')
        path.write_text(text.replace('"peers":', f'\n# of {name}\n"peers":'))
    text = cases.imported(files).files["site.yaml"]
    assert text.count("  # both\n  subnet4:") == 1
    assert text.count("# both") == 1


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("//// x ", ["# x"]),
        ("//", ["#"]),
        ("##  x", ["#  x"]),
        ("/* x */", ["# x"]),
        ("/**\n * x\n *   y\n */", ["# x", "#   y"]),
        ("// a\x07\ufeffb", ["# a??b"]),
        ("// a\u2028b: 1\x85c: 2\u2029", ["# a?b: 1?c: 2?"]),
        ("/* a\n   {\n     b\n   } */", ["# a", "# {", "#   b", "# }"]),
        ("/* a\r\nb\x85c */", ["# a", "# b", "# c"]),
    ],
)
def test_a_comment_has_the_form_of_yaml(text: str, lines: list[str]) -> None:
    mark = Mark("", 1, 1)
    assert list(comments.Comment(mark, text).lines()) == lines


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=12).filter(
    lambda text: "*/" not in text
)
BLOCK = range(COMMENTED.index("/*"), COMMENTED.index("*/"))
PLACES = [at for at, sign in enumerate(COMMENTED) if sign == "\n" and at not in BLOCK]


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(PLACES), WORDS, st.sampled_from("/#*")), max_size=6))
def test_no_comment_is_lost_or_changes_a_value(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[tuple[int, str, str]]
) -> None:
    folder, text = tmp_path_factory.mktemp("drawn"), COMMENTED
    for at, words, kind in sorted(drawn, reverse=True):
        drawn_text = {"/": f"//{words}", "#": f"#{words}", "*": f"/*{words}*/"}[kind]
        text = f"{text[:at]} {drawn_text}{text[at:]}"
    path = folder / "kea.conf"
    path.write_text(text, newline="")
    result = cases.imported([path], a="192.0.2.2")
    site = result.files["site.yaml"]
    document = parse_relaxed(text, str(path))
    bare = parse_relaxed(COMMENTED, "kea.conf")
    assert document.value == bare.value
    assert parse(site, "site.yaml").problems == ()
    (folder / "site.yaml").write_text(site)
    assert proof.differences(result, proof.rebuilt(folder)) == []
    left = {comment.mark for comment in result.comments}
    for comment in comments.of(document):
        assert comment.mark in left or all(line in site for line in comment.lines()), comment


def test_a_comment_that_is_not_in_the_site_is_in_not_imported(tmp_path: Path) -> None:
    path = tmp_path / "kea-dhcp4.conf"
    path.write_text(COMMENTED)
    out = tmp_path / "site"
    cases.run(out, [path], "--server", "a=192.0.2.2")
    entries = json.loads((out / "not-imported.json").read_text())
    assert [(e["line"], e["value"]) for e in entries if e["reason"] == "a comment"] == [
        (18, "// a socket"), (29, '// password: "hunter22"'), (31, "// counts"),
    ]  # fmt: skip
    assert "hunter22" not in (out / "site.yaml").read_text()
