"""A package worked in: what was done is in it afterwards, also after a crash."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.casebook.conftest import INSPECTOR, Office
from tests.casebook.test_package import WORD, bring, carry, decide, quick, states_of
from xueji_lib.casebook.carried import carried
from xueji_lib.support.errors import StoreError, UsageError

__all__ = ["quick"]


@pytest.fixture
def url() -> str:
    return ""


def test_work_in_a_package_comes_back_in_it(office: Office, tmp_path: Path) -> None:
    file, home, said = carry(office.store, office.book, tmp_path / "包.xjpack"), tmp_path / "家", list[str]()
    with carried(file, WORD, INSPECTOR, said.append, home) as root:
        first = decide(root, INSPECTOR, 0, "属实")
        with pytest.raises(StoreError, match="另一个窗口"), carried(file, WORD, INSPECTOR, said.append, home):
            pass
    assert [path.suffix for path in home.iterdir()] == [".lock"], "nothing readable stays behind"

    opened = carried(file, WORD, INSPECTOR, said.append, home)
    root = opened.__enter__()
    second = decide(root, INSPECTOR, 1, "不属实")
    crashed = root.rename(root.with_name("留下"))  # the process is gone, what it laid out is not
    with pytest.raises(StoreError):
        opened.__exit__(None, None, None)
    crashed.rename(root)

    with pytest.raises(UsageError, match="口令不对"), carried(file, "不是这个口令", INSPECTOR, said.append, home):
        pass
    with carried(file, WORD, INSPECTOR, said.append, home) as again:
        assert set(states_of(again)) == {first, second}
    assert any("接着用" in line for line in said)
    bring(office.store.root, file)
    assert {i: state for i, (state, _) in states_of(office.store.root).items()} == {first: "属实", second: "不属实"}
