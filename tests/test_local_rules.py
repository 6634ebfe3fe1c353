"""A county's own checks: judged like any other, and harmless to all others."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from xueji_lib import demo, intake, local_rules
from xueji_lib.cli import xueji
from xueji_lib.cli.chinese import run
from xueji_lib.county import County
from xueji_lib.county.cells import column_cells
from xueji_lib.judge import engine, local_judge, rejudge, results, shelf
from xueji_lib.judge.engine import Check
from xueji_lib.lab import Lab
from xueji_lib.register import catalogue as catalogues
from xueji_lib.register.calendar import Calendar
from xueji_lib.register.catalogue import Catalogue
from xueji_lib.register.inspection import Inspection
from xueji_lib.register.policy import Policy, in_force
from xueji_lib.register.schema import REGISTER
from xueji_lib.store import Store
from xueji_lib.support import paths
from xueji_lib.support.errors import UsageError

Put = Callable[[str, str], None]

HEAD = "from xueji_lib.local_rules import local_rule\n"
R206 = """
@local_rule("L001", title="生日或性别与号码不符", uses=("birth_date", "sex", "id_number"), violation=2)
def differs(t):
    r = t.register
    sound = (r.id_form == 18) & r.id_check & r.id_birth.notna() & (r.id_birth <= str(t.as_of))
    sound &= r.id_type.isna() | (r.id_type == "居民身份证")
    birth = r.birth_date.notna() & (r.birth_date != r.id_birth)
    sex = r.sex.notna() & (r.sex != r.id_sex)
    return r[sound & (birth | sex)]
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("county")
    demo.make(folder, schools=8, students=1000)
    store, calendar = Store(folder / "store"), Calendar.load()
    for term in (demo.PREVIOUS_TERM, demo.TERM):
        intake.run(folder / "inbox" / term, store, term, calendar)
    return store


@pytest.fixture(scope="module")
def without(store: Store) -> Check:
    """What the catalogue says without any local rule."""
    return engine.check(store, demo.INSPECTION)


@pytest.fixture
def put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Put:
    """Writes a file into the rules_local of a county's own copy of the kit's files."""
    for part in ("data", "templates"):
        shutil.copytree(paths.home() / part, tmp_path / "home" / part)
    monkeypatch.setenv("XUEJI_HOME", str(tmp_path / "home"))
    folder = local_rules.folder()
    assert local_rules.read() == {}, "none is shipped"
    return lambda name, text: (folder / name).write_text(HEAD + text, "utf-8") and None


def judged(store: Store, term: str = demo.TERM) -> Check:
    return engine.check(store, Inspection(term, demo.AS_OF if term == demo.TERM else dt.date(2026, 6, 30)))


def status(check: Check, rule_id: str) -> pd.DataFrame:
    return check.coverage[check.coverage["rule_id"] == rule_id].set_index("school_id")


def rest(frame: pd.DataFrame) -> pd.DataFrame:
    """The catalogue's own part."""
    return frame[frame["rule_id"].str.startswith("R")].reset_index(drop=True)


@pytest.mark.slow
def test_a_copy_of_r206_says_what_r206_says_and_overlaps_wholly(store: Store, put: Put, without: Check) -> None:
    put("L001.py", R206)
    check = judged(store)
    mine, its = status(check, "L001"), status(check, "R206")
    columns = ["status", "findings", "undecided"]
    assert set(its["status"]) >= {"发现", "未发现"}
    pd.testing.assert_frame_equal(mine[columns], its[columns])
    pd.testing.assert_frame_equal(rest(check.findings), rest(without.findings))
    pd.testing.assert_frame_equal(rest(check.coverage), without.coverage)
    found = check.findings[check.findings["rule_id"] == "L001"]
    assert set(found["title"]) == {"生日或性别与号码不符（自定义）"}
    assert set(found["finding_id"].str[:5]) == {"L001-"}

    namespace: dict[str, object] = {}
    exec(HEAD + R206.replace("L001", "L002"), namespace)
    trial = Lab.open(str(store.root), demo.TERM, demo.AS_OF).try_rule(namespace["differs"])  # type: ignore[arg-type]
    overlap = trial.overlap.set_index("rule_id")
    for rule_id in ("R206", "L001"):
        assert (overlap["same"][rule_id], overlap["of_mine"][rule_id], overlap["of_its"][rule_id]) == (len(found), 1, 1)
    assert trial.already == len(found) == len(trial.hits)
    assert "100%" in repr(trial)


BAD = {
    "L010": ("a.py", "import nosuch\n@local_rule('L010', title='x')\ndef f(t): ...\n", "ModuleNotFoundError"),
    "L011": ("b.py", "@local_rule('L011', title='x')\ndef f(t)\n    return 1\n", "b.py 第 3 行写得不对"),
    "L012": ("c.py", "@local_rule('L012', title='x')\ndef f(t):\n    exit(3)\n", "第 4 行出错（SystemExit"),
    "L013": ("d.py", "@local_rule('L013', title='x')\ndef f(t):\n    return t.register.brith_date\n", "brith_date"),
    "L014": ("e.py", "@local_rule('L014', title='x')\ndef f(t):\n    return [1]\n", "现在返回的是 list"),
    "L015": (
        "f.py",
        "@local_rule('L015', title='x')\ndef f(t):\n    return t.register[['name']]\n",
        "没有 register_row 这一列",
    ),
    "L016": (
        "g.py",
        "@local_rule('L016', title='x')\ndef f(t):\n    return t.register.assign(register_row=-1)\n",
        "对不上的行号",
    ),
    "L017": (
        "h.py",
        "@local_rule('L017', title='x')\ndef f(t):\n    r = t.register\n    int(r.id_number[0] + r.name[0])\n",
        "第 5 行出错（ValueError：",
    ),
    "L018": ("i.py", "TITLE = 'x'\n@local_rule('L018', title=TITLE)\ndef f(t): ...\n", "直接写出来"),
    "L019": ("j.py", "@local_rule('L019', title='x', table='residents')\ndef f(t): ...\n", "table 应是"),
    "L020": ("k.py", "@local_rule('L020', title='x')\ndef f(t):\n    return t.registre\n", "没有 registre 这张表"),
    "L000": ("l.py", "@local_rule('R206', title='x')\ndef f(t): ...\n", "L001 到 L999"),
}


@pytest.mark.slow
def test_whatever_goes_wrong_in_a_rule_is_that_rules_status(
    store: Store, put: Put, without: Check, capfd: pytest.CaptureFixture[str]
) -> None:
    for name, text, _ in BAD.values():
        put(name, text)
    twice = "@local_rule('L030', title='x')\ndef f(t): return t.register\n"
    put("m.py", twice)
    put("n.py", twice)
    local_rules.folder().joinpath("o.py").write_bytes("# 学籍".encode("gb18030"))
    put("_left_aside.py", "@local_rule('L031', title='x')\ndef f(t): return t.register\n")
    put("z.py", "@local_rule('L032', title='全体')\ndef f(t):\n    print(t.register)\n    return t.register\n")
    check = judged(store)
    pd.testing.assert_frame_equal(rest(check.coverage), without.coverage)
    logs = "".join(file.read_text("utf-8") for file in (store.root / "logs").iterdir())
    for rule_id, (_, _, said) in BAD.items():
        rows = status(check, rule_id)
        assert set(rows["status"]) == {"出错"} and len(rows) == 8
        reason = rows["reason"].iloc[0]
        assert said in reason
        assert (store.root / "logs" / (reason.split("编号 ")[-1][:8] + ".txt")).is_file()
    assert (
        "b.py" in status(check, "L011")["reason"].iloc[0]
        and "m.py 第 2 行、n.py 第 2 行" in status(check, "L030")["reason"].iloc[0]
    )
    assert "UTF-8" in status(check, "L000")["reason"].iloc[0], "the second file without a number"
    assert set(check.findings["rule_id"]) - set(without.findings["rule_id"]) == {"L032"}
    assert "L031" not in set(check.coverage["rule_id"])
    # Neither the logs nor the reasons nor the screen quote the record that L017 raised and L032 printed.
    name, number = store.read(demo.TERM, "register", columns=["name", "id_number"])[["name", "id_number"]].iloc[0]
    told = logs + check.coverage["reason"].str.cat() + "".join(capfd.readouterr())
    assert name not in told and number not in told and number[6:14] not in told


def test_a_rule_that_changes_its_tables_changes_nobody_elses(store: Store, put: Put) -> None:
    put(
        "L001.py",
        """
import numpy as np
@local_rule("L001", title="乱改")
def f(t):
    for name in ("register", "headcount", "transfers", "classes", "schools", "previous_register"):
        frame = getattr(t, name)
        for column in frame.columns:
            values = frame[column].array
            for inner in ("_data", "_mask", "_ndarray"):  # round the back of pandas
                part = getattr(values, inner, None)
                if isinstance(part, np.ndarray) and part.flags.writeable:
                    part[:] = part[-1]
        frame["grade"] = 99
        frame.loc[:, "school_id"] = ""
    try:
        t.policy.figures["report_days"] = 0
    except TypeError:
        pass
    return t.register.iloc[:0]
""",
    )
    local = local_judge.load()
    county = County.load(store, demo.INSPECTION.yardstick(), local.columns)
    whole = {name: county[name].frame.copy(deep=True) for name in local_rules.READ}
    catalogue = Catalogue("x", {"L001": local.rules["L001"].entry}, ())
    check = engine.judge(county, catalogue, store.root / "logs", local.implementations)
    assert set(check.coverage["status"]) == {"未发现"}, check.coverage["reason"].iloc[0]
    for name, frame in whole.items():
        pd.testing.assert_frame_equal(county[name].frame, frame)
    assert county.policy.figures == Policy.load().figures


@pytest.mark.slow
def test_evidence_never_shows_what_a_record_holds(store: Store, put: Put) -> None:
    private = "id_number register_no address phone member1_phone member1_address hukou_place member1_workplace".split()
    put(
        "L001.py",
        f"""
@local_rule("L001", title="泄露 13995012345", when="x")
def f(t):
    r = t.register
    text = "生于 " + r.birth_date.astype(str) + "（" + r.birth_date.dt.strftime("%Y年%m月%d日") + "，"
    text += r.id_birth.dt.strftime("%Y-%m-%d").fillna("") + "，"
    text += r.birth_date.dt.strftime("%Y%m%d") + "，" + r.birth_date.dt.strftime("%Y-%m") + "）"
    for column in {private!r}:
        text += "，" + r[column].fillna("")
    return r[["register_row"]].assign(证据=text)

@local_rule("L002", title="x", table="headcount")
def joined(t):
    both = t.headcount.merge(t.register, on=["school_id", "person"])
    return both.assign(证据="住" + both["address"].fillna("") + "；" + both["birth_date"].astype(str))
""",
    )
    check = judged(store)
    addresses = set(store.read(demo.TERM, "register", columns=["address"])["address"].dropna())
    addresses = {text for text in addresses if not text.endswith(("乡", "镇", "街道"))}
    from_both = check.findings[check.findings["rule_id"] == "L002"]["evidence"].str.cat()
    assert len(addresses) > 100 and [a for a in addresses if a in from_both] == []
    assert not re.search(r"20[01]\d-\d", from_both)
    found = check.findings[check.findings["rule_id"] == "L001"]
    register = store.read(demo.TERM, "register")
    source = register["_file"].astype(str) + ":" + register["_sheet"].astype(str) + ":" + register["_row"].astype(str)
    register = register.set_axis(source.str.replace(":nan:", "::"), axis=0)
    checked = 0
    for evidence, listed in zip(found["evidence"], found["sources"], strict=True):
        for row in (register.loc[place] for place in listed.split(" | ") if place in register.index):
            secrets = [row[c] for c in private if isinstance(row[c], str) and len(row[c]) >= 3]
            secrets = [s for s in secrets if not s.endswith(("乡", "镇", "街道"))]  # a township may be shown
            for birth in (row["birth_date"], row["id_birth"]):
                if not pd.isna(birth) and not pd.isna(row["birth_date"]):
                    secrets += [f"{birth:%Y-%m}", f"{birth:%Y%m}", f"{birth:%Y年%m月}"]
                    assert f"{birth.year}年" in evidence
            assert [s for s in secrets if s in evidence] == []
            checked += 1
    assert checked > 900
    assert "13995012345" not in check.findings["title"].str.cat()


@pytest.mark.slow
def test_missing_and_unknown_are_never_clean(store: Store, put: Put) -> None:
    put(
        "L001.py",
        """
@local_rule("L001", title="x", table="headcount")
def f(t):
    return t.headcount

@local_rule("L002", title="x", uses=("blood_type",))
def g(t):
    return t.register[t.register.blood_type == "A"]

@local_rule("L003", title="x", scope="class")
def h(t):
    r = t.register
    size = r.groupby(["school_id", "grade", "class_no"]).name.transform("size")
    return r[size > 1].assign(无法判定=r.grade > 1)

@local_rule("L004", title="x", table="transfers", scope="school")
def i(t):
    return t.transfers.head(2)
""",
    )
    before = judged(store, demo.PREVIOUS_TERM)
    assert set(status(before, "L001")["status"]) == {"缺数据"}
    now = judged(store)
    register = store.read(demo.TERM, "register")
    unknown = column_cells(REGISTER, register, "blood_type").unknown
    schools = set(register["school_id"][unknown])
    assert 0 < len(schools) < 8, "some schools' files have the column, some have not"
    blood = status(now, "L002")["status"]
    assert set(blood.index[blood == "无法判定"]) == schools and set(blood) == {"无法判定", "未发现"}
    classes = status(now, "L003")
    assert (classes["findings"] + classes["undecided"] <= classes["population"]).all()
    found = now.findings[now.findings["rule_id"] == "L003"]
    assert set(found["grade"]) == {1} and found["class"].notna().all() and not found["student"].any()
    schools = now.findings[now.findings["rule_id"] == "L004"]
    assert len(schools) == schools["school_id"].nunique() and schools["grade"].isna().all()


def test_a_rule_put_there_or_taken_away_makes_the_kept_answer_old(store: Store, put: Put) -> None:
    edition, marks = in_force(demo.AS_OF), []
    marks.append(shelf.inputs_mark(store, replace(demo.INSPECTION, edition=edition)))
    put("L001.py", R206)
    marks.append(shelf.inputs_mark(store, replace(demo.INSPECTION, edition=edition)))
    (local_rules.folder() / "L001.py").unlink()
    marks.append(shelf.inputs_mark(store, replace(demo.INSPECTION, edition=edition)))
    assert marks[0] == marks[2] != marks[1]


def test_a_countys_own_checks_are_listed_and_shown_like_any_other(
    put: Put, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    put("L001.py", R206.replace("violation=2", "violation=2, when='生日与号码不同'"))
    put("L002.py", "@local_rule('L002', title=7)\ndef odd(t): ...\n")
    assert run(xueji, ["rules", "list"]) == 0
    listed = capsys.readouterr().out
    assert re.search(r"^  L001  .*生日或性别与号码不符（自定义）$", listed, re.M)
    assert re.search(r"^  L002  .*读不出.*L002\.py", listed, re.M), listed
    assert f"{len(catalogues.load().entries)} 条检查，另有本县自定义 2 条" in listed
    assert run(xueji, ["rules", "show", "l001"]) == 0
    assert "生日与号码不同" in capsys.readouterr().out
    assert run(xueji, ["rules", "show", "L002"]) == 0
    assert "L002.py" in capsys.readouterr().out
    assert run(xueji, ["rules", "export", str(tmp_path / "目录.yaml")]) == 0
    assert "L001" not in (tmp_path / "目录.yaml").read_text("utf-8"), "an edition is the notice's"


def test_the_manuals_example_runs(store: Store, put: Put) -> None:
    manual = (local_rules.folder() / "README.md").read_text("utf-8")
    put("L001.py", manual.split("```python\n")[1].split("```")[0])
    assert set(status(judged(store), "L001")["status"]) <= {"发现", "未发现", "无法判定"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"rule_id": "L1"}, "L001 到 L999"),
        ({"rule_id": "L000"}, "L001 到 L999"),
        ({"title": " "}, "title 要写文字"),
        ({"violation": 8}, "violation 应是"),
        ({"severity": "重"}, "一般、较重、严重"),
        ({"needs": "register"}, "needs 应是"),
        ({"uses": ("brith_date",)}, "uses 应是"),
        ({"across": "numbers"}, "across 应是"),
        ({"across": ("county",)}, "只看本校的写"),
        ({"table": "custody"}, "不是一行一个学生"),
        ({"table": "reports", "scope": "class"}, "没有年级和班号"),
    ],
)
def test_a_wrong_argument_is_told_in_chinese(given: dict[str, object], said: str) -> None:
    chosen = {"rule_id": "L001", "title": "x", **given}
    with pytest.raises(UsageError, match=said):
        local_rules.local_rule(**chosen)(SimpleNamespace)  # type: ignore[arg-type]


SAME_NAME = """
@local_rule("L001", title="全县重名", uses=("name",), across={across})
def same_name(t):
    r = t.register
    return r[r.duplicated("name", keep=False)]
"""
AWAY = """
@local_rule("L002", title="核对表在别校", across=("numbers",))
def away(t):
    both = t.register.merge(t.headcount[["school_id", "id_number"]], on="id_number", suffixes=("", "_hc"))
    return both[both.id_number.notna() & (both.school_id != both.school_id_hc)]

@local_rule("L003", title="姓名两个字", across=())
def short(t):
    return t.register[t.register.name.str.len() == 2]

@local_rule("L004", title="县里名单上也有", across=())
def listed(t):
    return t.register[t.register.id_number.isin(t.residents.id_number.dropna())]
"""


@pytest.mark.slow
def test_a_rule_that_looks_further_than_it_says_is_an_error_not_a_finding(store: Store, put: Put) -> None:
    put("L001.py", SAME_NAME.format(across="()"))
    check = judged(store)
    rows = status(check, "L001")
    assert set(rows["status"]) == {"出错"} and not rows[["population", "findings", "undecided"]].any(axis=None)
    assert set(rows["reason"].str.contains("across 里没有写的别校的行")) == {True}
    assert not (check.findings["rule_id"] == "L001").any()
    put("L001.py", SAME_NAME.format(across="None"))
    assert set(status(judged(store), "L001")["status"]) == {"发现", "未发现"}, "it does not say, so it may"


@pytest.mark.slow
def test_rules_that_say_what_they_look_at_are_judged_for_the_changed_schools_alone(
    store: Store, put: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("L002.py", AWAY)
    own = Store(shutil.copytree(store.root, tmp_path / "store"))
    before = shelf.obtain(own, demo.INSPECTION)
    assert {"L002", "L003", "L004"} <= set(before.findings["rule_id"])
    school = own.schools(demo.TERM, "register")[3]
    rows = own.read(demo.TERM, "register", schools=[school])
    rows.loc[0, "name"] = "甲乙" if len(rows.loc[0, "name"]) != 2 else "甲乙丙"
    own.commit(demo.TERM, {"register": rows}, own.rejected(demo.TERM).iloc[:0], {"time": "2026-11-20", "files": []})
    with monkeypatch.context() as patch:
        patch.setattr(rejudge, "SHARE", 9.0)
        patch.setattr(engine, "check", lambda *_, **__: pytest.fail("the whole county was judged"))
        after = shelf.obtain(own, demo.INSPECTION)
    whole = shelf.obtain(own, demo.INSPECTION, force=True)
    for name in results.FRAMES:
        pd.testing.assert_frame_equal(getattr(after, name), getattr(whole, name))
    assert not after.findings.equals(before.findings)
