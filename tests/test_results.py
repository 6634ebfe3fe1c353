"""The county's answer on the shelf: judged once, whole, masked."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from xueji_lib.judge import answer_files, engine, results, shelf
from xueji_lib.judge.engine import Check
from xueji_lib.register.inspection import Inspection
from xueji_lib.store import Store
from xueji_lib.support.errors import StoreError, UsageError


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch, check: Check) -> list[object]:
    """How often the engine was asked; it answers with the sample."""
    asked: list[object] = []

    def answer(*args: Any, **_: Any) -> Check:
        asked.append(args)
        return check

    monkeypatch.setattr(engine, "check", answer)
    return asked


def test_the_county_is_judged_again_only_when_something_changed(
    sample_store: Store, sample: ModuleType, judged: list[object]
) -> None:
    first = shelf.obtain(sample_store, sample.INSPECTION)
    assert judged == []
    shelf.obtain(sample_store, Inspection(sample.TERM, dt.date(2026, 11, 21)))
    assert len(judged) == 1
    rows = sample_store.directory(sample.TERM)
    rows.loc[0, "principal"] = "新校长"
    none = sample_store.rejected(sample.TERM).iloc[:0]
    sample_store.commit(sample.TERM, {"schools": rows}, none, {"time": "2026-11-20T09:00:00", "files": []})
    second = shelf.obtain(sample_store, sample.INSPECTION)
    assert len(judged) == 2
    assert first.fingerprint != second.fingerprint
    shelf.obtain(sample_store, sample.INSPECTION)
    assert len(judged) == 2
    shelf.obtain(sample_store, sample.INSPECTION, force=True)
    assert len(judged) == 3


def test_a_pinned_answer_is_never_swapped_for_a_newer_one(
    sample_store: Store, sample: ModuleType, judged: list[object], check: Check
) -> None:
    pinned = shelf.obtain(sample_store, sample.INSPECTION).fingerprint
    assert shelf.obtain(sample_store, sample.INSPECTION, pinned=pinned).fingerprint == pinned
    shelf.keep(sample_store.root / "results" / sample.TERM / sample.AS_OF.isoformat(), check, "newer")
    with pytest.raises(StoreError, match="请重新运行"):
        shelf.obtain(sample_store, sample.INSPECTION, pinned=pinned)


def test_a_kill_while_keeping_leaves_the_old_answer_whole(
    sample: ModuleType, check: Check, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = shelf.keep(tmp_path, check, "old")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(answer_files, "put_file", killed)
        with pytest.raises(KeyboardInterrupt):
            shelf.keep(tmp_path, check, "new")
    assert len(old.school(sample.BIG).findings) == (check.findings["school_id"] == sample.BIG).sum()
    assert '"old"' in (tmp_path / "current.json").read_text("utf-8")
    shelf.keep(tmp_path, check, "new")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["current.json", "new"]


def test_a_schools_mark_changes_with_anything_that_is_shown_of_it_and_with_nothing_else(
    kept: results.Results, sample: ModuleType, check: Check, tmp_path: Path
) -> None:
    before = kept.marks()
    assert list(before) == [sample.BIG, sample.CLEAN, sample.EMPTY, sample.ODD]
    assert len(set(before.values())) == 4
    for frame, column, value in (
        ("findings", "evidence", "别的证据"),
        ("coverage", "reason", "别的原因"),
        ("classes", "registered", 46),
        ("schools", "principal", "新校长"),
    ):
        changed = getattr(check, frame).copy()
        place = changed.index[changed["school_id"] == sample.BIG][0]
        changed.loc[place, column] = value
        after = shelf.keep(tmp_path / frame, dataclasses.replace(check, **{frame: changed}), "abc").marks()
        assert {school_id for school_id in after if after[school_id] != before[school_id]} == {sample.BIG}
    with pytest.raises(UsageError):
        kept.school("9999999999")


def test_nothing_personal_lies_on_the_shelf(kept: results.Results, sample: ModuleType) -> None:
    text = "".join(getattr(kept, name).to_csv() for name in results.FRAMES)
    assert [secret for secret in sample.SECRETS if secret in text] == []


def test_an_unknown_term_names_those_there_are(sample_store: Store, sample: ModuleType) -> None:
    with pytest.raises(UsageError, match=sample.TERM):
        shelf.obtain(sample_store, Inspection("2031-2032-1", sample.AS_OF))
