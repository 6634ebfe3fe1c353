"""The public benchmark: what the kit says scores full, silence scores nothing, and a false accusation costs most."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from benchmarks import score as command
from benchmarks.scoring import EARLY, NEAR_MISS, NOTHING, TWICE, UNDECIDED, Truth, read_submission, scored
from xueji_lib.reports.csv_files import write_findings_csv

from .conftest import Made

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def own(planted: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The kit's own findings.csv."""
    file = tmp_path_factory.mktemp("own") / "findings.csv"
    write_findings_csv(planted.check(), file)
    return file


def lines_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


def submitted(file: Path, rows: list[dict[str, str]], encoding: str = "utf-8") -> Path:
    with file.open("w", encoding=encoding, newline="") as opened:
        writer = csv.DictWriter(opened, "rule_id school_id grade class student nature".split(), extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return file


def test_the_kits_own_findings_score_full(planted: Made, own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main([str(planted.folder / "truth"), str(own)]) == 0
    told = capsys.readouterr().out
    assert told.startswith("得分 100（满分 100）\n冤枉 0 条；漏掉 0 条；线索说成事实 0 条")
    assert "没有做到全对" not in told


def test_silence_scores_nothing(planted: Made, tmp_path: Path) -> None:
    truth = Truth.read(planted.folder / "truth")
    score = scored(truth, read_submission(submitted(tmp_path / "空.csv", []), truth))
    assert score.points == 0 and score.all.wrong == 0 and len(score.missed) == score.all.planted > 100
    assert score.all.precision is None and score.all.recall == 0


def test_false_accusations_are_punished_and_named(
    planted: Made, own: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    truth, rows = Truth.read(planted.folder / "truth"), lines_of(own)
    found = {(row["rule_id"], row["school_id"], row["student"]) for row in rows}

    def honest(name: str) -> dict[str, str]:
        """A pupil whom the check does not accuse of anything."""
        pupils = (row for row in planted.truth(name) if row["subject_kind"] == "student" and row["note"])
        return next(row for row in pupils if (row["rule_id"], row["school_id"], row["student"]) not in found)

    near, undecided = honest("near_misses"), honest("undecided")
    later = planted.truth("later")[0]
    invented = {**rows[0], "rule_id": "R205", "student": "查无此人"}
    file = submitted(tmp_path / "冤枉.csv", [*rows, near, undecided, later, invented, rows[0]], "gb18030")
    score = scored(truth, read_submission(file, truth))
    assert [wrong.kind for wrong in score.wrong] == [NEAR_MISS, UNDECIDED, EARLY, NOTHING, TWICE]
    assert score.all.recall == 1 and score.points == round(100 - 100 * 25 / score.all.planted, 1)
    assert score.by_rule[near["rule_id"]].wrong >= 1
    assert command.main([str(planted.folder / "truth"), str(file), "--json", str(tmp_path / "结果.json")]) == 0
    told = capsys.readouterr().out
    assert "冤枉 5 条" in told and near["student"] in told and near["note"] in told and "查无此人" in told
    assert json.loads((tmp_path / "结果.json").read_text("utf-8"))["false_accusations"] == 5
    only_wrong = scored(truth, read_submission(submitted(tmp_path / "只冤枉.csv", [near] * 9), truth))
    assert only_wrong.points == 0


def test_half_is_half_and_one_accusation_outweighs_what_was_found(planted: Made, own: Path, tmp_path: Path) -> None:
    truth, rows = Truth.read(planted.folder / "truth"), lines_of(own)
    half = scored(truth, read_submission(submitted(tmp_path / "一半.csv", rows[::2]), truth))
    assert half.points == pytest.approx(50, abs=1) and half.all.precision == 1
    assert half.by_nature["事实"].planted + half.by_nature["线索"].planted == half.all.planted


def test_a_lead_called_a_fact_is_named_and_costs(planted: Made, own: Path, tmp_path: Path) -> None:
    truth, rows = Truth.read(planted.folder / "truth"), lines_of(own)
    facts = [{**row, "nature": "事实"} for row in rows]
    score = scored(truth, read_submission(submitted(tmp_path / "都是事实.csv", facts), truth))
    assert len(score.overstated) == score.by_nature["线索"].planted > 0
    assert score.points == round(100 * score.by_nature["事实"].planted / score.all.planted, 1)


def test_what_cannot_be_scored_is_said(planted: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lacking = tmp_path / "缺列.csv"
    lacking.write_text("rule_id,school\nR101,1\n", "utf-8")
    assert command.main([str(planted.folder / "truth"), str(lacking)]) == 2
    assert "缺这几列：school_id、grade、class、student" in capsys.readouterr().err
    assert command.main([str(tmp_path), str(lacking)]) == 2
    assert "truth" in capsys.readouterr().err
    assert command.main([str(planted.folder / "truth"), str(tmp_path / "没有.csv")]) == 2
    unknown = submitted(tmp_path / "别的.csv", [{"rule_id": "X1", "school_id": "1"}])
    assert command.main([str(planted.folder / "truth"), str(unknown)]) == 0
    assert "目录里没有这条检查，没有算的（1 条）" in capsys.readouterr().out
