"""A school against schools like it, and terms side by side: what is told, and what is not."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xueji_lib.judge import standing, trend
from xueji_lib.judge.like_schools import FEWEST
from xueji_lib.judge.school_background import Background, CountyBackground
from xueji_lib.register.policy import FIRST
from xueji_lib.reports.pages import background_page

OWN = "2164000000"
Made = tuple[str, str, str, int]


def answer(
    schools: list[tuple[str, str, str, int]], found: dict[tuple[str, str], int], coverage: list[Made],
    term: str = "2026-2027-1", day: dt.date = dt.date(2026, 11, 20), edition: str = FIRST,
) -> Any:  # fmt: skip
    """An answer of ``schools`` (id, kind, area, pupils); ``found``: (school, check) → findings; ``coverage``: school,
    check, status, undecided."""
    rows = [
        (f"{school}-{rule}-{n}", school, rule, "题", int(rule[1]))
        for (school, rule), count in found.items()
        for n in range(count)
    ]
    return SimpleNamespace(
        term_id=term, as_of=day, edition=edition, folder=None, digests={},
        findings=pd.DataFrame(rows, columns=["finding_id", "school_id", "rule_id", "title", "violation"]),
        coverage=pd.DataFrame(coverage, columns=["school_id", "rule_id", "status", "undecided"]),
        classes=pd.DataFrame({"school_id": [s[0] for s in schools], "registered": [s[3] for s in schools]}),
        schools=pd.DataFrame(
            [(s[0], s[1], s[2]) for s in schools], columns=["school_id", "school_kind", "area"]
        ),
    )  # fmt: skip


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 40), min_size=0, max_size=12))
def test_the_middle_is_of_like_schools_and_tells_of_no_school(counts: list[int]) -> None:
    others = [f"21640001{n:02d}" for n in range(len(counts))]
    schools = [(OWN, "小学", "乡村", 100), *((one, "小学", "乡村", 120) for one in others)]
    unlike = [
        ("2164000201", "初级中学", "乡村", 100),
        ("2164000202", "小学", "城区", 100),
        ("2164000203", "小学", "乡村", 201),
    ]
    found = {(one, "R301"): n for one, n in zip(others, counts, strict=True)} | {(one[0], "R301"): 90 for one in unlike}
    coverage = [(one[0], "R301", "发现", 0) for one in (*schools, *unlike)]
    told = CountyBackground(answer([*schools, *unlike], found, coverage), []).of_school(OWN).middle
    assert told["schools"] == len(counts) and told["like"] == "小学、乡村，在籍 50—200 人"
    if len(counts) < FEWEST:
        assert "3" not in told
        return
    rates, ordered = told["3"]["rate"], sorted(n / 1.2 for n in counts)
    assert ordered[0] - 0.01 <= rates["q1"] <= rates["median"] <= rates["q3"] <= ordered[-1] + 0.01
    assert not set(others) & set(str(told).split("'"))


def test_like_schools_that_were_not_examined_are_no_zeros() -> None:
    others = [f"21640001{n:02d}" for n in range(8)]
    schools = [(one, "小学", "乡村", 100) for one in (OWN, *others)]
    coverage = [(one, "R301", "缺数据" if n < 3 else "发现", int(n == 7)) for n, one in enumerate(others)]
    found = {(one, "R301"): 4 for one in others[3:]}
    told = CountyBackground(answer(schools, found, [*coverage, (OWN, "R301", "发现", 0)]), []).of_school(OWN).middle
    assert told["3"] == {"rate": {"q1": 4.0, "median": 4.0, "q3": 4.0}, "open": 1}
    assert "1" not in told  # of its checks none was made anywhere


def test_pupils_proved_to_be_two_are_counted_at_no_school() -> None:
    others = [f"21640001{n:02d}" for n in range(FEWEST)]
    schools = [(one, "小学", "乡村", 100) for one in (OWN, *others)]
    judged = answer(schools, {(one, "R301"): 3 for one in (OWN, *others)}, [(s[0], "R301", "发现", 0) for s in schools])
    apart = {f"{one}-R301-0" for one in (OWN, *others)}
    held_against = CountyBackground(judged, [], apart).of_school(OWN)
    assert held_against.middle["3"]["rate"] == {"q1": 2.0, "median": 2.0, "q3": 2.0}
    assert held_against.terms[-1].violations["3"].findings == 2


SCHOOL = [(OWN, "小学", "乡村", 200)]


def test_one_term_is_no_trend() -> None:
    now = answer(SCHOOL, {(OWN, "R301"): 2}, [(OWN, "R301", "发现", 0)])
    held_against = CountyBackground(now, []).of_school(OWN)
    assert held_against.trend is None
    assert "只有本学期有核查结果" in background_page.trend(held_against).html


def test_a_check_that_did_not_run_is_not_0(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trend, "figures_of", lambda _: {"class_large": "大班额（50 人）"})
    before = answer(
        SCHOOL, {(OWN, "R301"): 2, (OWN, "R101"): 1},
        [(OWN, "R301", "发现", 3), (OWN, "R101", "发现", 0), (OWN, "R302", "缺数据", 0)],
        "2025-2026-2", dt.date(2026, 6, 20),
    )  # fmt: skip
    now = answer(
        SCHOOL, {(OWN, "R302"): 5},
        [(OWN, "R301", "缺数据", 0), (OWN, "R302", "发现", 0), (OWN, "R101", "未发现", 0), (OWN, "R601", "不适用", 0)],
    )  # fmt: skip
    held_against = Background.of_text(CountyBackground(now, [before]).of_school(OWN).text())
    terms = held_against.trend
    assert terms is not None and terms.heads == ("2026春（6月20日）", "2026秋（11月20日）")
    cells = {line.key: line.cells for line in terms.checks}
    assert cells == {"R101": ("1", "0"), "R301": ("2＊", "没查"), "R302": ("没查", "5")}
    by_violation = {line.key: line for line in terms.violations}
    assert by_violation["3"].cells == ("2＊", "5＊") and by_violation["3"].rates == ("1", "2.5")
    assert by_violation["6"].cells == ("不适用", "不适用") and by_violation["6"].rates == ("", "")
    assert terms.notes == ()
    assert standing.lines(held_against)[2].last_rate == 1.0
    page = background_page.trend(held_against).html
    assert "“没查”不是 0" in page and "按检查看（3 项查出过的）" in page


def test_another_edition_or_figure_between_the_terms_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    judged_by = {
        "2025-2026-2": {"a": "大班额（50 人）", "b": "期限（7 日）"},
        "2026-2027-1": {"a": "大班额（55 人）", "b": "期限（7 日）"},
    }
    monkeypatch.setattr(trend, "figures_of", lambda one: judged_by[one.term_id])
    before = answer(SCHOOL, {}, [(OWN, "R301", "未发现", 0)], "2025-2026-2", dt.date(2026, 6, 20))
    now = answer(SCHOOL, {}, [(OWN, "R301", "未发现", 0)], edition="2027-draft")
    [note] = CountyBackground(now, [before]).of_county().notes
    assert "2026春 → 2026秋：检查目录由 2020-154 版换成 2027-draft 版" in note
    assert "数字改过：大班额（50 人） → 大班额（55 人）。" in note
    judged_by["2025-2026-2"] = None  # type: ignore[assignment]
    [note] = CountyBackground(now, [before]).of_county().notes
    assert "改没改过不知道" in note
