"""Checks that everything in the store is what was written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from xueji_lib.doctor.diagnosis import Diagnosis, Health, good, to_do
from xueji_lib.store import Store, state
from xueji_lib.support.errors import StoreError


def opened(root: Path) -> tuple[Store | None, Diagnosis]:
    """The store, None where it cannot be used, and the diagnosis: every term's index can be read."""
    try:
        store = Store.open(root)
        terms = store.terms()
        for term in terms:
            store.tables(term)
    except StoreError as error:
        return None, Diagnosis(Health.UNUSABLE, f"数据仓 {root} 打不开", str(error))
    if not terms:
        return store, to_do(f"数据仓 {root} 里还没有数据", "用 xueji intake 导入各校表册")
    return store, good(f"数据仓 {root} 打得开，有 {'、'.join(terms)} 学期")


def tables(store: Store) -> Iterator[Diagnosis]:
    """Diagnoses of what was taken in: every file that something current rests on is what was written."""
    broken = [_of_error(error) for error in store.damaged()]
    yield from broken
    if not broken:
        segments = {
            (term, table, version["segment"])
            for term in store.terms()
            for table, versions in store.tables(term).items()
            for version in versions.values()
            if version["rows"]
        }
        yield good(f"表册：{len(segments)} 个数据文件都是当时写的")


def records(store: Store) -> Iterator[Diagnosis]:
    """Diagnoses of the small files beside the tables: the marker, what is current and its copy, the history. The data
    can be used without any one of them; one that is damaged should not stay so until the other is too."""
    broken = [
        to_do(
            f"{file} 缺失或已损坏，数据靠另一份还能用",
            "再导入一次这一学期的表册（xueji intake，原来的文件就行），会自动补好",
        )
        for file in state.damaged(store.root)
    ]
    for term in store.terms():
        try:
            store.history(term)
        except StoreError as error:
            broken.append(_of_error(error))
    yield from broken
    if not broken:
        yield good("数据仓的索引和收件记录都是当时写的")


def _of_error(error: StoreError) -> Diagnosis:
    """What is wrong, and the advice, which is the rest of its text."""
    subject, _, advice = str(error).partition("。")
    return to_do(subject, advice)
