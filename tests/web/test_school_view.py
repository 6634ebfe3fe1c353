"""A school's view of the store: only its rows, made anew when something changed, never judged by itself."""

from __future__ import annotations

import datetime as dt
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pandas as pd
import pytest

from xueji_lib.casebook.access import school_view
from xueji_lib.casebook.access.fence import principals_desk
from xueji_lib.casebook.log.events import Actor
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.judge import shelf
from xueji_lib.register.inspection import Inspection
from xueji_lib.register.schema import AT_REST
from xueji_lib.store import Store
from xueji_lib.support.errors import StoreError, UsageError

from .conftest import CHILD_A, CHILD_B, register

pytestmark = pytest.mark.slow

TODAY = dt.date(2026, 11, 20)


@pytest.fixture
def store(county: SimpleNamespace, tmp_path: Path) -> Store:
    shutil.copytree(county.store.root, tmp_path / "仓", ignore=shutil.ignore_patterns("views"))
    return Store(tmp_path / "仓")


def everything(root: Path) -> str:
    """All that lies in a folder, unpacked."""
    found = []
    for file in sorted(root.rglob("*")):
        found.append(str(file.relative_to(root)))
        if file.suffix == ".parquet":
            frame = pd.read_parquet(file)
            found.append(frame.to_json(force_ascii=False, date_format="iso") or "")
            found += [str(list(frame[c].cat.categories)) for c in frame if frame[c].dtype == "category"]
        elif file.is_file():
            found.append(file.read_text("utf-8"))
    return "\n".join(found)


def test_one_school_and_nothing_else(store: Store, county: SimpleNamespace, sample: ModuleType) -> None:
    for school, own, other in ((county.own, CHILD_A, CHILD_B), (county.other, CHILD_B, CHILD_A)):
        view = school_view.refresh(Workplace(store), school, TODAY)
        text = everything(view.root)
        assert own in text and other not in text and "第三校" not in text
        for name in ("西乡县第三中学", "白崖乡中心小学", sample.CLEAN, sample.EMPTY, "三.xlsx"):
            assert name not in text, name
        for table, spec in AT_REST.items():
            assert not spec.per_county or not view.has(sample.TERM, table)
            assert set(view.schools(sample.TERM, table)) <= {school}
        assert school_view.owner(view) == school and school_view.owner(store) == "" and view.is_part
        answer = shelf.obtain(view, Inspection(sample.TERM, TODAY + dt.timedelta(days=30)))
        whole = shelf.obtain(store, Inspection(sample.TERM, TODAY))
        assert answer.as_of == TODAY and answer.school(school).info == whole.school(school).info
        for frame in ("findings", "coverage", "classes"):
            pd.testing.assert_frame_equal(getattr(answer.school(school), frame), getattr(whole.school(school), frame))
        assert (view.root.stat().st_mode & 0o077) == 0
    own_answer = shelf.obtain(school_view.refresh(Workplace(store), county.own, TODAY), Inspection(sample.TERM, TODAY))
    with pytest.raises(UsageError):
        own_answer.school(county.other)
    for nowhere in ("9999999999", "", "../x", f"{county.own}/../{county.other}"):
        with pytest.raises((UsageError, StoreError)):
            school_view.refresh(Workplace(store), nowhere, TODAY)


def test_made_anew_when_something_changed(store: Store, county: SimpleNamespace, sample: ModuleType) -> None:
    first = school_view.refresh(Workplace(store), county.own, TODAY)
    before = {file: file.stat().st_mtime_ns for file in first.root.rglob("*")}
    assert school_view.refresh(Workplace(store), county.own, TODAY).root == first.root
    assert before == {file: file.stat().st_mtime_ns for file in first.root.rglob("*")}, "nothing was written again"
    changed = register(sample).assign(name=["改过名字", CHILD_B, "第三校"]).astype({"name": "str"})
    none = pd.DataFrame(columns=["table", "school_id", "code", "rows"])
    store.commit(sample.TERM, {"register": changed}, none, {"time": "", "files": []})
    second = school_view.refresh(Workplace(store), county.own, TODAY)
    assert second.root != first.root and "改过名字" in everything(second.root)
    assert CHILD_A in everything(first.root), "a page that is open still reads the old one"
    third = school_view.refresh(Workplace(store), county.own, TODAY + dt.timedelta(days=1))
    assert third.root.exists() and second.root.exists() and not first.root.exists(), "but not for ever"


def test_many_ask_at_once(store: Store, county: SimpleNamespace) -> None:
    with ThreadPoolExecutor(8) as pool:
        views = list(pool.map(lambda _: school_view.refresh(Workplace(store), county.own, TODAY).root, range(8)))
    assert len(set(views)) == 1 and CHILD_A in everything(views[0])
    assert [f for f in views[0].parent.iterdir() if f.name.startswith(".")] == []


def test_the_desk_is_for_the_view_s_school_alone(store: Store, county: SimpleNamespace, sample: ModuleType) -> None:
    view = school_view.refresh(Workplace(store), county.own, TODAY)
    said = {
        "HTTP_X_XUEJI_USER": "甲校长", "HTTP_X_XUEJI_ROLE": "principal", "HTTP_X_XUEJI_SCHOOL": county.own,
        "XUEJI_STORE": str(view.root), "XUEJI_CASEBOOK_FOLDER": str(store.root / "casebook"),
    }  # fmt: skip
    desk = principals_desk(said, TODAY)
    assert desk.actor == Actor("甲校长", "principal", county.own)
    assert (desk.store.root, desk.term) == (view.root, sample.TERM)
    for wrong in ({"HTTP_X_XUEJI_SCHOOL": county.other}, {"HTTP_X_XUEJI_ROLE": "inspector"}, {"HTTP_X_XUEJI_USER": ""},
                  {"HTTP_X_XUEJI_SCHOOL": ""}, {"XUEJI_STORE": str(store.root)}):  # fmt: skip
        with pytest.raises((UsageError, StoreError)):
            principals_desk({**said, **wrong}, TODAY)
