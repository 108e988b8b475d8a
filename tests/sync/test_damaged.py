"""Whatever a source answers: keaprov's own errors and conflicts, and no other exception."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keaprov.sync import SourceError, netbox, phpipam, reservations, values
from keaprov.sync.assembling import assembled
from keaprov.sync.merging import merged
from keaprov.sync.model import Answer
from keaprov.sync.reading import answers
from tests.fuzzing import MANY, SEEDS, broken
from tests.sync.netbox import LISTS
from tests.sync.phpipam import PHPIPAM

Lists = Mapping[str, Sequence[values.Object]]
MARKS: Mapping[str, Mapping[str, str]] = {"domain-name-servers": {"tag": "gateway"}}
SELECTION = netbox.Selection({}, {}, {"routers": "gateway"}, MARKS)


def of_netbox(lists: Lists) -> Answer:
    return netbox.answer("netbox", lists, SELECTION)


def of_phpipam(lists: Lists) -> Answer:
    return phpipam.answer("ipam", lists, {"section": "1"}, {"routers": "gateway"})


SOURCES: Mapping[str, tuple[Callable[[Lists], Answer], Lists]] = {
    "netbox": (of_netbox, LISTS),
    "phpipam": (of_phpipam, PHPIPAM),
}


def brought(answer: Answer) -> str:
    """Bring an answer into the form of a site's files; return the table of reservations."""
    truth = assembled([answer])
    merge = merged({"subnet4": []}, truth, {answer.prefixes[0].origin.source: {}})
    return reservations.text(reservations.rows(truth, merge.ids))


@pytest.mark.parametrize("name", list(SOURCES))
def test_a_good_answer_is_brought_over(name: str) -> None:
    answer, lists = SOURCES[name]
    assert "02:00:00:00:00:01" in brought(answer(lists))


@pytest.mark.slow
@pytest.mark.parametrize("name", list(SOURCES))
def test_a_broken_answer(name: str) -> None:
    answer, lists = SOURCES[name]

    @MANY
    @given(SEEDS)
    def bring_over(seed: int) -> None:
        damaged = broken(lists, seed)
        whole = isinstance(damaged, Mapping) and {*damaged} == {*lists}
        if whole and all(is_a_list_of_objects(objects) for objects in damaged.values()):
            given_answer = answer(damaged)  # the others are refused when they are read: see below
            if given_answer.prefixes:
                brought(given_answer)

    bring_over()


def is_a_list_of_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(raw, Mapping) for raw in value)


@pytest.mark.slow
@MANY
@given(
    st.binary(max_size=60)
    | st.text(alphabet='[]{}":,0-9.eE\\nul', max_size=60).map(str.encode)
    | SEEDS.map(lambda seed: json.dumps(broken({"results": PHPIPAM["subnets"]}, seed)).encode())
)
def test_a_file_that_is_no_answer(tmp_path_factory: pytest.TempPathFactory, text: bytes) -> None:
    folder = tmp_path_factory.getbasetemp() / "export"
    folder.mkdir(exist_ok=True)
    Path(folder / "subnets.json").write_bytes(text)
    sources = {"ipam": {"type": "phpipam", "export": "export"}}
    try:
        list(answers(sources, str(folder.parent / "site.yaml")))
    except SourceError as error:
        assert "ipam" in str(error)
