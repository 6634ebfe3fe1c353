"""Many who need the county judged anew at the same moment: one judges, the others find the answer."""

from __future__ import annotations

import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any

import pytest

from xueji_lib.casebook.judging import judged
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.judge import results, shelf
from xueji_lib.store import Store


@pytest.mark.slow
def test_the_county_is_judged_once(sample_store: Store, sample: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    Casebook.open(sample_store).close()
    shutil.rmtree(sample_store.root / "results")
    calls: list[float] = []
    judge = shelf._judge_apart

    def slow(*given: Any) -> results.Results | None:
        calls.append(time.monotonic())
        time.sleep(0.5)
        return judge(*given)

    monkeypatch.setattr(shelf, "_judge_apart", slow)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: judged(Workplace(sample_store), sample.INSPECTION), range(6)))
    assert len(calls) == 1
    assert {len(answer.school(sample.BIG).findings) for answer in answers} == {
        len(answers[0].school(sample.BIG).findings)
    }
    with Casebook.open(sample_store) as book:
        assert book.verify().lines == 1
