"""The store: frames come back as they went in; whatever kills a commit, the old state is whole."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from xueji_lib.register import schema
from xueji_lib.store import Store, empty
from xueji_lib.support.errors import StoreError

TERM, BEFORE = "2026-2027-1", "2025-2026-2"
A, B, C = "2164000001", "2164000002", "3164000003"
NOTHING_REJECTED = pd.DataFrame({"table": [], "school_id": [], "code": [], "rows": []})


def register(*schools: str, rows: int = 3, name: str = "张", file: str = "a.xlsx") -> pd.DataFrame:
    """Rows with a value, a blank and an unknown cell of every kind of column."""
    n = rows * len(schools)
    frame = empty(schema.REGISTER).reindex(range(n))
    values = {
        "school_id": pd.Categorical([s for s in schools for _ in range(rows)]),
        "name": pd.Series([f"{name}{i}" for i in range(n)], dtype="str"),
        "sex": pd.Categorical(["男", None, "女"] * n)[:n],
        "birth_date": pd.Series(pd.to_datetime(["2015-03-01", None, "2015-12-31"] * n)[:n]).astype("datetime64[s]"),
        "grade": pd.array([3, None, 12] * n, dtype="Int32")[:n],
        "_file": pd.Categorical([file] * n),
        "_sheet": pd.Categorical(["名册"] * n),
        "_row": np.arange(2, n + 2, dtype="int32"),
        "id_key": np.arange(n, dtype="int64"),
        "id_form": np.full(n, 18, dtype="int8"),
        "id_check": np.ones(n, dtype=bool),
        "register_key": np.arange(n, dtype="int64"),
    }
    # A column unknown in every row, one in some, and one (sex) with a value that is there all the same.
    unknown = ["phone", "ethnicity phone", "phone sex"] * n
    return frame.assign(**values, _unknown=pd.Categorical(unknown[:n]))


def commit(
    store: Store, frame: pd.DataFrame, rejected: pd.DataFrame = NOTHING_REJECTED, term: str = TERM
) -> int | None:
    report = {"time": "2026-09-10T08:00:00", "files": ["a.xlsx"]}
    return store.commit(term, {"register": frame}, rejected, report).intake


def names(store: Store) -> list[str]:
    return store.read(TERM, "register")["name"].tolist()


def test_a_frame_comes_back_as_it_went_in(tmp_path: Path) -> None:
    store = Store(tmp_path / "仓")
    frame = register(B, A)
    commit(store, frame)
    back = Store.open(store.root).read(TERM, "register")
    expected = frame.sort_values(["school_id", "_row"]).reset_index(drop=True)
    assert back.columns.tolist() == empty(schema.REGISTER).columns.tolist()
    assert back.dtypes.astype(str).tolist() == empty(schema.REGISTER).dtypes.astype(str).tolist()
    pd.testing.assert_frame_equal(back.astype(object), expected.astype(object))
    pd.testing.assert_frame_equal(empty(schema.REGISTER), store.read(TERM, "register", schools=[C]))


def test_columns_and_schools_are_picked(tmp_path: Path) -> None:
    store = Store(tmp_path)
    commit(store, register(A, B, C))
    part = store.read(TERM, "register", columns=["grade", "id_number"], schools={B, "9999999999"})
    parsed = ["id_key", "id_form", "id_birth", "id_check", "id_sex"]
    asked = ["school_id", "id_number", "grade", "_unknown", "_file", "_sheet", "_row", *parsed]
    assert part.columns.tolist() == asked
    assert part["school_id"].tolist() == [B] * 3


def test_reading_puts_many_intakes_in_one_order(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for school in (C, A, B):
        commit(store, register(school, name=school))
    commit(store, register(A, rows=2, name="新"))
    assert names(store) == ["新0", "新1", *(f"{B}{i}" for i in range(3)), *(f"{C}{i}" for i in range(3))]
    whole = store.read(TERM, "register")
    again = Store(tmp_path / "一次")
    commit(again, pd.concat([register(A, rows=2, name="新"), register(B, name=B), register(C, name=C)]))
    assert whole.astype(object).equals(again.read(TERM, "register").astype(object))
    assert store.fingerprint(TERM) != again.fingerprint(BEFORE)
    assert store.fingerprint(TERM) == again.fingerprint(TERM)


def test_the_same_again_is_no_version(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert commit(store, register(A, B)) == 1
    assert commit(store, register(A, B, file="另一份.csv")) is None  # says the same, wherever it came from
    assert commit(store, register(A, B, name="李")) == 2
    refused = pd.DataFrame({"table": ["register"], "school_id": [A], "code": ["D10"], "rows": [2]})
    assert commit(store, register(A, B, name="李"), refused) == 3  # the rows are the same, what was refused is not
    assert store.rejected(TERM).values.tolist() == [["register", A, "D10", 2]]
    assert commit(store, register(A, B, name="李")) == 4
    assert store.rejected(TERM).empty


def test_a_blank_an_unknown_and_a_value_are_three_contents(tmp_path: Path) -> None:
    prints = set()
    for n, (value, unknown) in enumerate([("汉族", False), (None, False), (None, True)]):
        store = Store(tmp_path / str(n))
        frame = register(A, rows=1)
        frame["ethnicity"] = pd.Categorical([value])
        frame["_unknown"] = pd.Categorical(["ethnicity" if unknown else ""])
        commit(store, frame)
        prints.add(store.fingerprint(TERM))
    assert len(prints) == 3


def test_what_is_no_store_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="没有数据仓"):
        Store.open(tmp_path / "没有")
    (tmp_path / "照片.jpg").write_bytes(b"x")
    with pytest.raises(StoreError, match="不是数据仓"):
        Store.open(tmp_path)
    with pytest.raises(StoreError, match="别的文件"):
        commit(Store(tmp_path), register(A))
    (tmp_path / "照片.jpg").unlink()
    commit(Store(tmp_path), register(A))
    assert Store(tmp_path / "没有").terms() == []
    assert not (tmp_path / "没有").exists()  # asking creates nothing


def test_damage_is_named(tmp_path: Path) -> None:
    store = Store(tmp_path)
    commit(store, register(A))
    (segment,) = (tmp_path / TERM / "segments").iterdir()
    whole = segment.read_bytes()
    segment.write_bytes(whole[:100])
    with pytest.raises(StoreError, match="已损坏"):
        store.read(TERM, "register")
    segment.write_bytes(whole)
    (tmp_path / TERM / "current.json").write_text("{", "utf-8")
    assert len(store.read(TERM, "register")) == 3  # of its copy
    (tmp_path / TERM / "current-copy.json").write_text("{", "utf-8")
    with pytest.raises(StoreError, match=r"current\.json"):
        Store.open(tmp_path).read(TERM, "register")


CHILD = """
import os, pathlib, signal, sys
from pathlib import Path
from tests.test_store import Store, commit, register, A, B
store, die, when = Store(Path(sys.argv[1])), int(sys.argv[2]), sys.argv[3]
calls = 0
replace = pathlib.Path.replace
def deadly(self, target):
    global calls
    calls += 1
    if calls == die and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    done = replace(self, target)
    if calls == die and when == "after":
        os.kill(os.getpid(), signal.SIGKILL)
    return done
pathlib.Path.replace = deadly
commit(store, register(A, B, name="新"))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
@pytest.mark.parametrize("die", [1, 2, 3, 4])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_kill_at_any_step_leaves_the_old_state_or_the_new(tmp_path: Path, die: int, when: str) -> None:
    """Steps: segment, intake record, copy, current.json. Only after the last one is the new state there."""
    store = Store(tmp_path / "仓")
    commit(store, register(A, B, name="旧"))
    before = store.fingerprint(TERM)
    child = [sys.executable, "-c", textwrap.dedent(CHILD), str(store.root), str(die), when]
    done = subprocess.run(child, cwd=Path(__file__).parent.parent, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    new = (die, when) == (4, "after")
    assert {n[0] for n in names(store)} == ({"新"} if new else {"旧"})
    assert (store.fingerprint(TERM) == before) is not new
    assert len(store.history(TERM)) == (2 if new else 1)
    # The lock died with the process, and the commit can be made again.
    assert commit(store, register(A, B, name="新")) == (None if new else 2)
    assert {n[0] for n in names(store)} == {"新"}


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    store = Store(tmp_path / "仓")
    commit(store, register(A))
    with store.lock(), pytest.raises(StoreError, match="正在往数据仓"):
        commit(Store(store.root), register(B))
    assert commit(Store(store.root), register(B)) == 2


def test_the_nearest_directory_is_used(tmp_path: Path) -> None:
    store = Store(tmp_path)

    def directory(*schools: str) -> pd.DataFrame:
        frame = empty(schema.SCHOOLS).reindex(range(len(schools)))
        rows = np.arange(len(schools), dtype="int32")
        labels = pd.Categorical(["a"] * len(schools))
        ids = pd.Categorical(schools)
        return frame.assign(school_id=ids, _unknown="", _file=labels, _sheet=labels, _row=rows)

    for term, schools in (("2024-2025-1", [A]), ("2026-2027-2", [B]), (BEFORE, [A, B, C])):
        store.commit(term, {"schools": directory(*schools)}, NOTHING_REJECTED, {})
    found = {
        t: store.directory(t)["school_id"].tolist() for t in (BEFORE, "2025-2026-1", TERM, "2027-2028-1", "2020-2021-1")
    }
    assert found == {
        BEFORE: [A, B, C],
        "2025-2026-1": [A, B, C],
        TERM: [B],  # equally near on both sides: the later one
        "2027-2028-1": [B],
        "2020-2021-1": [A],
    }
    assert Store(tmp_path / "空").directory(TERM).empty
