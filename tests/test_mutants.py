"""The mutation check's copy of a module, and its sample."""

from __future__ import annotations

from pathlib import Path

from tools.mutants import EQUIVALENT, PACKAGES, ROOT, equivalent, sample, undecorated

SOURCE = """
def doubled(function):
    return lambda *values: 2 * function(*values)

@doubled
@doubled
def three():
    return 3

class Box:
    @property
    def size(self):
        return self._size

    @size.setter
    def size(self, size):
        self._size = size

    @property
    def half(self):
        return self.size / 2

    @classmethod
    def of(cls, size):
        box = cls()
        box.size = size
        return box
"""


def test_a_module_without_decorators_does_the_same() -> None:
    plain = undecorated(SOURCE)
    names: dict[str, object] = {}
    exec(plain, names)
    assert eval("(three(), Box.of(8).half)", names) == (12, 4)
    assert "@doubled" not in plain
    assert "@classmethod" in plain


def test_the_sample_depends_on_the_names_alone() -> None:
    names = [f"mutant_{number}" for number in range(100)]
    assert sample(names, 10) == sample(reversed(names), 10)
    assert len(set(sample(names, 10))) == 10


def test_a_mutant_without_an_effect_is_known_by_its_line() -> None:
    for line in EQUIVALENT:
        assert equivalent(f"-    before\n+    {line}")
        assert not equivalent(f"-    {line}\n+    after")


def test_every_package_and_its_tests_are_there() -> None:
    for name, package in PACKAGES.items():
        assert (ROOT / "keaprov" / name).is_dir()
        assert all(Path(ROOT / place).is_dir() for place in package.tests)
