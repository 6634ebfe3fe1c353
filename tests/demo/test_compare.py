"""What other figures would change, and two results of a term: over the planted county, through the real commands."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from xueji_lib import demo
from xueji_lib.cli import xueji
from xueji_lib.cli.chinese import run
from xueji_lib.judge import confirming, shelf
from xueji_lib.judge.comparison import ROW, Side, compared
from xueji_lib.judge.what_if import WhatIf, WhatIfAnswer, tried
from xueji_lib.reports import comparison_lines
from xueji_lib.reports.chosen_runs import Runs
from xueji_lib.store import Store

from .conftest import Made

pytestmark = pytest.mark.slow

DAY = str(demo.INSPECTION.as_of)
_LARGE, _SMALLER = 56, 50


def bytes_of(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def store(planted: Made, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store of this module's own, with the day's result kept."""
    root = tmp_path_factory.mktemp("two") / "store"
    shutil.copytree(planted.store.root, root)
    own = Store(root)
    shelf.obtain(own, demo.INSPECTION)
    return own


@pytest.fixture(scope="module")
def smaller(store: Store) -> WhatIfAnswer:
    return tried(store, demo.INSPECTION, WhatIf(settings=[f"class_large={_SMALLER}"]))


def test_a_smaller_large_class_brings_in_the_classes_between(store: Store, smaller: WhatIfAnswer) -> None:
    classes = shelf.obtain(store, demo.INSPECTION).classes
    between = classes[classes["enrolled"].between(_SMALLER, _LARGE - 1)]
    gained = smaller.comparison.gained
    large = gained[gained["rule_id"] == "R706"]
    assert set(zip(large["school_id"], large["grade"], large["class"], strict=True)) == set(
        zip(between["school_id"], between["grade"], between["class_no"], strict=True)
    )
    assert len(large)
    assert set(gained["rule_id"]) <= {"R706", "R503", "R516"}
    assert not len(smaller.comparison.lost)
    assert smaller.lines == ["class_large 大班额人数：56 → 50；用它的检查：R503、R516、R706"]


def test_lines_add_up(smaller: WhatIfAnswer) -> None:
    comparison = smaller.comparison
    for lines in (comparison.by_rule, comparison.by_school):
        assert sum(line.gained for line in lines) == len(comparison.gained)
        assert sum(line.lost for line in lines) == len(comparison.lost)
        assert all(line.before + line.gained - line.lost == line.after for line in lines)
    shown = "\n".join(comparison_lines.lines(comparison))
    assert all(line.id in shown and line.name in shown for line in (*comparison.by_rule, *comparison.by_school[:20]))


def test_nothing_is_stored_and_the_workbook_is_masked(
    store: Store, smaller: WhatIfAnswer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, book = bytes_of(store.root), tmp_path / "比较.xlsx"
    arguments = ["rules", "compare", "--term", demo.TERM, "--as-of", DAY, "--store", str(store.root)]
    assert run(xueji, [*arguments, "--set", "大班额人数＝50", "--out", str(book)]) == 0
    assert bytes_of(store.root) == before
    said = capsys.readouterr().out
    assert f"增加 {len(smaller.comparison.gained)} 条" in said
    cells = [
        str(cell) for sheet in openpyxl.load_workbook(book) for row in sheet.iter_rows(values_only=True) for cell in row
    ]
    assert all(finding_id in cells for finding_id in smaller.comparison.gained["finding_id"])
    numbers = set(store.read(demo.TERM, "register")["id_number"].dropna())
    assert not any(number in cell for number in numbers for cell in [*cells, said])


def test_a_crash_is_no_clean_answer_and_leaves_nothing_in_the_store(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from xueji_lib.rules import IMPLEMENTED
    from xueji_lib.rules.marking import Implementation

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    failing = Implementation(**{**vars_of(IMPLEMENTED["R706"]), "judge": broken})
    monkeypatch.setitem(IMPLEMENTED, "R706", failing)  # type: ignore[index]
    before = bytes_of(store.root)
    arguments = ["rules", "compare", "--term", demo.TERM, "--as-of", DAY, "--store", str(store.root)]
    assert run(xueji, [*arguments, "--set", "class_large=50"]) == 4
    assert "R706" in capsys.readouterr().err
    assert bytes_of(store.root) == before


def vars_of(item: object) -> dict[str, object]:
    return {name: getattr(item, name) for name in type(item).__dataclass_fields__}  # type: ignore[attr-defined]


def test_a_confirmed_figure_makes_facts_of_leads(store: Store, tmp_path: Path) -> None:
    figure = next(f for f in confirming.with_new_facts(store, demo.INSPECTION) if f.new_facts)
    file = tmp_path / "新数字.toml"
    value = demo.INSPECTION.yardstick().policy.figures[figure.name]
    file.write_text(f'[{figure.name}]\nvalue = {value}\nsource = "县局〔2026〕1号"\n', "utf-8")
    trial = tried(store, demo.INSPECTION, WhatIf(policy_file=file))
    changed = trial.comparison.changed
    assert (changed["note"] == "线索→事实").sum() == figure.new_facts
    assert not len(trial.comparison.gained) and not len(trial.comparison.lost)
    assert "待县局确认 → 已确认" in trial.lines[0]


def test_due_days_alone_are_a_change(store: Store) -> None:
    trial = tried(store, demo.INSPECTION, WhatIf(settings=["rectify_workdays_general=21"]))
    assert len(trial.comparison.changed)
    assert trial.comparison.changed["note"].str.startswith("期限").all()
    assert set(trial.comparison.changed["severity"]) == {"一般"}


def test_another_edition_says_which_checks_it_has_not(store: Store) -> None:
    comparison = tried(store, demo.INSPECTION, WhatIf("2027-draft")).comparison
    lost = comparison.lost
    assert set(lost.loc[lost["rule_id"] == "R507", "note"]) == {"现在没有这条检查"}
    assert set(comparison.gained.loc[comparison.gained["rule_id"] == "R990", "note"]) <= {"此前没有这条检查"}
    gone = next(line for line in comparison.by_rule if line.id == "R507")
    assert comparison_lines.unexamined(gone).endswith("没有这条")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--set", "class_larg=50"], "class_large"),
        (["--set", "大班额=50"], "大班额人数"),
        (["--set", "class_large=五十"], "整数"),
        (["--set", "class_large"], "名字=数"),
        (["--set", "class_large=-1"], "不小于 0"),
        (["--set", "class_large=50", "--set", "大班额人数=51"], "两次"),
        (["--set", "required_fields=姓名,星座"], "星座"),
        (["--edition", "1999"], "2020-154"),
        ([], "--set"),
    ],
)
def test_what_cannot_be_tried_is_refused(
    store: Store, arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    common = ["rules", "compare", "--term", demo.TERM, "--as-of", DAY, "--store", str(store.root)]
    assert run(xueji, [*common, *arguments]) == 2
    assert told in capsys.readouterr().err


def test_a_file_of_figures_with_a_wrong_name_is_refused(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "数字.toml"
    file.write_text('[class_lagre]\nvalue = 50\nsource = "试"\n', "utf-8")
    common = ["rules", "compare", "--term", demo.TERM, "--as-of", DAY, "--store", str(store.root)]
    assert run(xueji, [*common, "--policy", str(file)]) == 2
    said = capsys.readouterr().err
    assert "class_lagre" in said and "class_large" in said


# ---- two results ----

EARLIER = replace(demo.INSPECTION, as_of=dt.date(2026, 11, 10))


@pytest.fixture(scope="module")
def written(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``xueji check`` wrote of the day; the store has kept that day and an earlier one."""
    shelf.obtain(store, EARLIER)
    out = tmp_path_factory.mktemp("out")
    assert (
        run(xueji, ["check", "--term", demo.TERM, "--as-of", DAY, "--store", str(store.root), "--out", str(out)]) == 0
    )
    return out


def test_the_last_two_results_are_compared_where_nothing_is_said(
    store: Store, written: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = (shelf.obtain(store, asked).findings for asked in (EARLIER, demo.INSPECTION))
    gained, lost = set(new["finding_id"]) - set(old["finding_id"]), set(old["finding_id"]) - set(new["finding_id"])
    assert gained, "in ten days something falls due"
    for arguments in ([], ["上一次", "这一次"], ["2026年11月10日", "20261120"], ["2026-11-10", str(written)]):
        assert run(xueji, ["diff", *arguments, "--term", demo.TERM, "--store", str(store.root)]) == 0
        said = capsys.readouterr().out
        assert f"增加 {len(gained)} 条，减少 {len(lost)} 条" in said
    book = tmp_path / "两次.xlsx"
    assert run(xueji, ["diff", "--store", str(store.root), "--out", str(book)]) == 0
    sheet = openpyxl.load_workbook(book)["增加"]
    assert {row[10].value for row in sheet.iter_rows(min_row=2)} == gained


def test_files_say_the_same_as_what_is_kept(store: Store, written: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder in (written, written / demo.TERM, written / demo.TERM / "findings.csv"):
        assert run(xueji, ["diff", "这一次", str(folder), "--store", str(store.root)]) == 0
        assert "没有不同" in capsys.readouterr().out


def test_a_finding_whose_check_was_not_made_is_not_called_put_right(
    store: Store, written: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "改"
    shutil.copytree(written / demo.TERM, folder)
    runs = Runs(lambda: store, demo.TERM)
    before = runs.side("这一次")
    gone = before.findings[before.findings["rule_id"] == "R201"]
    school = str(gone["school_id"].iloc[0])
    findings, coverage = (pd.read_csv(folder / f"{name}.csv", dtype="str") for name in ("findings", "coverage"))
    findings[findings["rule_id"] != "R201"].to_csv(folder / "findings.csv", index=False)
    coverage.loc[(coverage["rule_id"] == "R201") & (coverage["school_id"] == school), "status"] = "缺数据"
    coverage.to_csv(folder / "coverage.csv", index=False)
    comparison = compared(before, runs.side(str(folder)))
    assert set(comparison.lost["rule_id"]) == {"R201"} and len(comparison.lost) == len(gone)
    notes = dict(zip(comparison.lost["school_id"], comparison.lost["note"], strict=True))
    assert notes[school] == "现在缺数据"
    (folder / "coverage.csv").unlink()
    told = compared(before, runs.side(str(folder))).lost["note"]
    assert told.str.contains("不知道").all()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["2026-11-11"], "2026-11-10"),
        (["2026-13-01"], "不是日期"),
        (["昨天"], "上一次"),
        (["--term", "2025-2026-2"], "xueji batch"),
    ],
)
def test_a_result_that_is_not_there_is_refused(
    store: Store, written: Path, arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(xueji, ["diff", *arguments, "--store", str(store.root)]) == 2
    assert told in capsys.readouterr().err
    assert run(xueji, ["diff", str(written), str(written.parent / "没有"), "--store", str(store.root)]) == 2
    assert "findings.csv" in capsys.readouterr().err


def test_the_other_way_round_what_came_has_gone(store: Store, written: Path) -> None:
    runs = Runs(lambda: store, demo.TERM)
    one, other = runs.side("上一次"), runs.side("这一次")
    there, back = compared(one, other), compared(other, one)
    assert set(there.gained["finding_id"]) == set(back.lost["finding_id"])
    assert set(there.lost["finding_id"]) == set(back.gained["finding_id"])
    assert not compared(one, one).differs


def test_a_finding_that_has_another_id_today_is_the_same() -> None:
    columns = dict.fromkeys([*ROW, "due", "former_ids"], "x")
    old = pd.DataFrame([{**columns, "finding_id": "R1-a"}, {**columns, "finding_id": "R1-b"}])
    new = pd.DataFrame([{**columns, "finding_id": "R1-n", "former_ids": "R1-a R1-c", "nature": "线索"}])
    for one, other in ((old, new), (new, old)):
        comparison = compared(Side("一", one), Side("二", other))
        assert len(comparison.changed) == 1
        assert {*comparison.gained["finding_id"], *comparison.lost["finding_id"]} == {"R1-b"}
