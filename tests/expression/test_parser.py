"""Expressions that Kea takes or refuses, with the column and the cure."""

from __future__ import annotations

import pytest

from keaprov.expression import Kind, Member, parse, place

NAMES = ("host-name", "routers", "vendor-class-identifier")


def faults(text: str, wanted: Kind = Kind.CONDITION) -> list[tuple[int, str, str]]:
    """Return the faults of an expression: columns from 1, messages, hints."""
    return [
        (fault.start + 1, fault.message, fault.hint) for fault in parse(text, wanted, NAMES).faults
    ]


@pytest.mark.parametrize(
    "text",
    [
        "option[60].hex == 'phone'",
        "option[host-name].exists",
        "option [ host-name\n ] . text == 'a' + 'b'",
        "option[82].option[1].hex == 0x0102",
        "option[82].option[2].exists",
        "relay4[1].hex == 0x01 and relay4[2].exists",
        "not option[60].exists or (pkt4.mac == 0X001122334455)",
        "not not member('KNOWN')",
        "notmember('a')and'b'=='c'sand(('d'=='e'))",
        "pkt4.msgtype == 1 and pkt4.transid == 4294967295",
        "pkt.iface == 'ens18' and pkt.src == 10.0.0.1 and pkt.dst == ::1 and pkt.len == 300",
        "vendor[4491].exists and vendor[*].option[1].exists and vendor[*].option[2].hex == 1",
        "vendor.enterprise == 4491 or vendor-class.enterprise == 0x118b",
        "vendor-class[*].exists or vendor-class[4491].data == 'x'",
        "vendor-class[4491].data[255] == 'x'",
        "substring(option[61].hex, -4, all) == 'x'",
        "substring('foobar', 0, -99999999999) == 'x'",
        "split(option[60].text, '.', 2) == 'b'",
        "concat(lcase('A'), ucase('b')) == hexstring(pkt4.mac, ':')",
        "ifelse(option[60].exists, 'a', sifelse('x' == 'y', 'b', 'c')) == 'a'",
        "addrtotext(pkt4.giaddr) == '10.0.0.1'",
        "int8totext(0xff) == '-1' sor uint32totext(0x01) == '1'",
        "match('[0-9]+\\.(a|b)', option[60].text)",
    ],
)
def test_a_condition_that_kea_takes(text: str) -> None:
    assert faults(text) == []


@pytest.mark.parametrize(
    "text", ["option[60].hex", "'a' + 'b'", "('a')", "7", "10.0.0.1", "pkt4.mac", "0x1"]
)
def test_a_value_is_no_condition(text: str) -> None:
    assert faults(text, Kind.VALUE) == []
    [(column, message, hint)] = faults(text)
    assert (column, message) == (1, f"{text} is a value, not a condition")
    assert hint == f"Compare it: {text} == 'text'."


def test_a_condition_is_no_value() -> None:
    [(column, message, hint)] = faults("option[60].exists", Kind.VALUE)
    assert (column, message) == (
        1,
        "option[60].exists is a condition (true or false), not a value",
    )
    assert hint.startswith("Write ifelse(")


@pytest.mark.parametrize(
    ("text", "column", "message", "hint"),
    [
        ("", 1, "is empty", "write one"),
        (" \n", 1, "is empty", "write one"),
        ("option[60].text = 'phone'", 17, "'=' has no meaning here", "Write =="),
        ("option[60].text != 'phone'", 17, "'!' has no meaning here", "not (A == B)"),
        ("option[60].exists && 'a' == 'b'", 19, "'&'", "Write and."),
        ("option[60].hex == phone", 19, "phone is not a word", "'phone'"),
        ('option[60].hex == "phone"', 19, "'\"'", "apostrophes"),
        ("option[60].hex == 'phone", 19, "no closing apostrophe", "'text'"),
        ("option[60].hex == 'a\nb'", 19, "no closing apostrophe", "in one line"),
        ("option[60].hex == \u2018a\u2019", 19, "no meaning here", "apostrophes"),
        ("option[60] == 'x'", 12, "expected .option, .hex, .text or .exists, not ==", "Add"),
        ("option[60].value == 'x'", 11, "not .value", "Write .option, .hex"),
        ("option[60].exist", 11, "not .exist", "Did you mean exists?"),
        ("option.host-name.exists", 7, "expected [, not .", "option[CODE]"),
        ("option[60.exists", 10, "expected ], not .", "Close the [ of column 7"),
        ("option[hostname].exists", 8, "there is no option 'hostname'", "host-name?"),
        ("option[256].exists", 8, "0 to 255, not 256", "another number"),
        ("option['host-name'].exists", 8, "expected an option's name or code", "option[60]"),
        ("option[82].option[circuit-id].hex == 1", 19, "code of a sub-option", "Write 1."),
        ("relay4[agent-remote-id].hex == 1", 8, "code of a sub-option", "Write 2."),
        ("relay6[0].peeraddr == ::1", 1, "relay6 belongs to DHCPv6", "relay4"),
        ("pkt4.chaddr == 0x01", 5, "not .chaddr", "Write .mac."),
        ("pkt4.mac == 00:11:22:33:44:5", 13, "not an IP address", "0x001122334405"),
        ("pkt4.giaddr == 10.0.0.256", 16, "not an IP address", "0 to 255"),
        ("'a' == 4294967296", 8, "0 to 4294967295, not 4294967296", "another number"),
        ("'a' == 9999999999999999999", 8, "too large", "64 bits"),
        ("'a' == 0xfg", 8, "0xfg is not a word", "hexadecimal"),
        ("'a' == 'b' == 'c'", 12, "two values, not three", "(A == B) and (B == C)"),
        ("'a' == 'b' AND 'c' == 'd'", 12, "AND is not a word", "Write and"),
        ("('a' == 'b'", 12, "ends where ) should be", "Close the ( of column 1"),
        ("'a' == 'b')", 11, "expected the end", "brackets"),
        ("'a' == ", 8, "ends where a condition or a value should be", "Write"),
        ("substring('a', 0) == 'b'", 17, "expected ,, not )", "(VALUE, START, LENGTH)"),
        ("substring('a', '0', 1) == 'b'", 16, "expected a whole number, not '0'", "START"),
        ("substr('a', 0, 1) == 'b'", 1, "substr is not a word", "substring?"),
        ("hexstring(pkt4.mac) == 'b'", 19, "expected ,", "(VALUE, SEPARATOR)"),
        ("ifelse('a', 'b', 'c') == 'b'", 8, "'a' is a value", "(CONDITION, VALUE, VALUE)"),
        ("option[60].exists == 'a'", 1, "is a condition", "ifelse"),
        ("member(early)", 8, "early is not a word", "'early'"),
        ("match('[', 'a')", 7, "not a regular expression: a [ has no ]", "\\"),
        ("vendor[acme].exists", 8, "an enterprise number or *", "vendor[4491]"),
        ("vendor-class[1].data[*] == 1", 22, "expected a whole number, not *", "0 to 255"),
        ("'a' ==\n'b' = 'c'", 12, "'='", "Write =="),
    ],
)
def test_what_kea_refuses_has_a_column_and_a_cure(
    text: str, column: int, message: str, hint: str
) -> None:
    [(at, words, cure)] = faults(text)
    assert at == column
    assert message in words
    assert hint in cure


def test_wrong_names_and_codes_are_reported_together() -> None:
    text = "option[a].exists and option[999].exists and match('(', 'a') and option[b].hex"
    assert [column for column, *_ in faults(text)] == [8, 29, 51, 65, 72]


def test_the_classes_that_an_expression_asks_for() -> None:
    parsed = parse("member('a') and not member('b')", Kind.CONDITION, ())
    assert parsed.members == (Member("a", 7), Member("b", 27))


@pytest.mark.parametrize("opening", ["(", "lcase(", "not ("])
def test_depth_is_bounded(opening: str) -> None:
    text = opening * 100_000
    [(_, message, _)] = faults(text)
    assert "more than 100" in message


def test_long_expressions_take_linear_time() -> None:
    assert faults(" or ".join(["option[60].hex == 'a'"] * 5_000)) == []
    assert faults("not " * 50_000 + "option[60].exists") == []
    assert "too large" in faults("'a' == " + "9" * 100_000)[0][1]


def test_places_count_from_one() -> None:
    assert place("a b", 2) == "column 3"
    assert place("a\nb", 2) == "line 2, column 1"
