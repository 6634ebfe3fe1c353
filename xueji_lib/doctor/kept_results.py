"""Checks that all kept results are what was written."""

from __future__ import annotations

from collections.abc import Iterator

from xueji_lib.doctor.diagnosis import Diagnosis, good, to_do
from xueji_lib.judge import answer_files
from xueji_lib.store import Store


def results(store: Store) -> Iterator[Diagnosis]:
    """Diagnoses of the kept results of every term and day."""
    folder = store.root / "results"
    broken = answer_files.damaged(folder)
    for file in broken:
        term, day = file.relative_to(folder).parts[:2]
        yield to_do(
            f"{term} 学期 {day} 的判定结果缺失或已损坏（{file}），不会再用它",
            f"再核查一次，会重新判定：xueji batch --term {term} --as-of {day}",
        )
    kept = list(folder.glob(f"*/*/{answer_files.NOTE}"))
    if kept and not broken:
        yield good(f"判定结果：留着的 {len(kept)} 次都是当时写的")
    elif not kept:
        yield good("判定结果：还没有留着的")
