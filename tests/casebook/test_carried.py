"""A package worked in: what was done is in it afterwards, also after a crash."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.casebook.conftest import INSPECTOR, Office
from tests.casebook.test_package import WORD, bring, carry, decide, quick, states_of
from xueji_lib.casebook.carry.carried import carried
from xueji_lib.casebook.carry.sealed import Sealed
from xueji_lib.casebook.log.events import Actor
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.store import part_note
from xueji_lib.support.errors import StoreError, UsageError
from xueji_lib.web.door.school_list import SchoolBoard

__all__ = ["quick"]
TERM = "2026-2027-1"


@pytest.fixture
def url() -> str:
    return ""


@pytest.mark.slow
def test_work_in_a_package_comes_back_in_it(office: Office, tmp_path: Path) -> None:
    file, home, said = carry(Workplace(office.store), tmp_path / "包.xjpack"), tmp_path / "家", list[str]()
    package = Sealed(file, WORD)
    with carried(package, INSPECTOR, said.append, home) as root:
        first = decide(root, INSPECTOR, 0, "属实")
        with pytest.raises(StoreError, match="另一个窗口"), carried(package, INSPECTOR, said.append, home):
            pass
    assert [path.suffix for path in home.iterdir()] == [".lock"], "nothing readable stays behind"

    opened = carried(package, INSPECTOR, said.append, home)
    root = opened.__enter__()
    second = decide(root, INSPECTOR, 1, "不属实")
    crashed = root.rename(root.with_name("留下"))  # the process is gone, what it laid out is not
    with pytest.raises(StoreError):
        opened.__exit__(None, None, None)
    crashed.rename(root)

    with (
        pytest.raises(UsageError, match="口令不对"),
        carried(Sealed(file, "不是这个口令"), INSPECTOR, said.append, home),
    ):
        pass
    with carried(package, INSPECTOR, said.append, home) as again:
        assert set(states_of(again)) == {first, second}
    assert any("接着用" in line for line in said)
    bring(office.store.root, file)
    assert {i: state for i, (state, _) in states_of(office.store.root).items()} == {first: "属实", second: "不属实"}


@pytest.mark.slow
def test_on_a_laptop_only_the_schools_carried_are_listed(office: Office, tmp_path: Path) -> None:
    file, person = carry(Workplace(office.store), tmp_path / "包.xjpack"), Actor("李督查", "inspector")
    with carried(Sealed(file, WORD), person, lambda _: None, tmp_path / "家") as root:
        decide(root, person, 0, "属实")
        workplace = Workplace.open(root)
        with workplace.open_casebook() as book:
            listed = SchoolBoard(workplace.store, book).listing().schools
            carried_schools = set(part_note(root)["schools"])
            assert {school.school_id for school in listed} == carried_schools
            assert len(workplace.store.directory(TERM)) > len(carried_schools), "the others are there by name"
            assert [school.people for school in listed if school.people] == [("李督查",)]
