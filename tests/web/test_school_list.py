"""Three hundred schools: the list is searched, filtered and sorted by its address alone."""

from __future__ import annotations

import random

from xueji_lib.views.school_progress import COUNTERSIGNED, NOT_BEGUN, PROGRESS, SchoolProgress
from xueji_lib.web.door.school_list import SchoolQuery


def county() -> list[SchoolProgress]:
    dice = random.Random(7)
    return [
        SchoolProgress(
            f"21644{n:05d}", f"第{n}小学", f"{n % 20}乡", "小学" if n % 3 else "教学点", total := dice.randrange(60),
            dice.randrange(total + 1), 0, 0, None if n % 50 == 0 else round(dice.random() * 9, 1), 0,
            PROGRESS[n % 5], ("督查甲",) if n % 7 == 0 else (),
        )
        for n in range(300)
    ]  # fmt: skip


def test_the_worst_of_three_hundred_are_one_click_away() -> None:
    schools = county()
    first = SchoolQuery.of(dict(pair.split("=") for pair in SchoolQuery().sorted_by("waiting").split("&")))
    listed = first.chosen(schools, "")
    assert [s.waiting for s in listed] == sorted((s.waiting for s in schools), reverse=True)
    assert first.direction("waiting") == "descending" and first.direction("total") == "none"
    turned = SchoolQuery.of(dict(pair.split("=") for pair in first.sorted_by("waiting").split("&")))
    assert [s.waiting for s in turned.chosen(schools, "")] == sorted(s.waiting for s in schools)
    unknown = SchoolQuery(sort="per_hundred").chosen(schools, "")
    assert all(s.per_hundred is None for s in unknown[-6:]), "what is not known is not the worst"


def test_filters_hold_together() -> None:
    schools = county()
    query = SchoolQuery.of(
        {"text": "小学", "township": "7乡", "progress": COUNTERSIGNED, "mine": "1", "sort": "__class__"}
    )
    assert query.sort == "", "only columns sort"
    assert {s.school_id for s in SchoolQuery(township="7乡", mine=True).chosen(schools, "督查甲")} == {
        s.school_id for n, s in enumerate(schools) if n % 20 == 7 and n % 7 == 0
    }
    assert query.chosen(schools, "别人") == []
    assert len(SchoolQuery(progress=NOT_BEGUN).chosen(schools, "")) == 60
    assert [s.name for s in SchoolQuery(text="第299").chosen(schools, "")] == ["第299小学"]
