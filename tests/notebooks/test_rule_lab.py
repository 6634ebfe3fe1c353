"""The rule laboratory: the notebook, and a rule's life from trial to being dropped."""

from __future__ import annotations

import ast
import json
import linecache
import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from xueji_lib import demo, intake, local_rules
from xueji_lib.judge import engine, shelf
from xueji_lib.lab import Lab
from xueji_lib.notebook import runner
from xueji_lib.register.calendar import Calendar
from xueji_lib.reports.pages import school_page
from xueji_lib.reports.workbooks import county_book
from xueji_lib.reports.workbooks import findings_book as workbook
from xueji_lib.store import Store
from xueji_lib.support import paths
from xueji_lib.support.errors import UsageError

pytestmark = pytest.mark.slow

GIVEN = {"term": demo.TERM, "as_of": demo.AS_OF.isoformat()}
TITLE = "不在校学生没有写去向和说明（自定义）"
HEAD = "from xueji_lib.lab import local_rule\n"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("county")
    demo.make(folder, schools=6, students=800)
    store, calendar = Store(folder / "store"), Calendar.load()
    for term in (demo.PREVIOUS_TERM, demo.TERM):
        intake.run(folder / "inbox" / term, store, term, calendar)
    return store


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A county's own copy of the kit's files; nothing is written into the checkout."""
    for part in ("data", "templates", "notebooks"):
        shutil.copytree(paths.home() / part, tmp_path / "home" / part)
    monkeypatch.setenv("XUEJI_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def lab(store: Store, home: Path) -> Lab:
    return Lab.open(str(store.root), demo.TERM, demo.AS_OF)


def cell(text: str, **around: Any) -> Any:
    """The rule that a notebook's cell defines, and its namespace as a notebook has it."""
    name = f"/tmp/ipykernel_1/{abs(hash(text))}.py"
    source = HEAD + text
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    namespace: dict[str, Any] = {"__name__": "__main__", **around}
    exec(compile(source, name, "exec"), namespace)
    return next(v for v in namespace.values() if hasattr(v, "local"))


def secrets(store: Store) -> set[str]:
    """Every number and address of the register."""
    register = store.read(demo.TERM, "register")
    columns = ["id_number", "register_no", "phone", "member1_phone", "member1_id_number", "address"]
    found = {str(v) for c in columns for v in register[c].dropna()}
    return {s for s in found if len(s) > 7 and not s.endswith(("乡", "镇", "街道"))}


def test_the_notebook_is_thin_and_kept_without_outputs() -> None:
    cells = json.loads(paths.notebooks("rule_lab.ipynb").read_text("utf-8"))["cells"]
    code = [c for c in cells if c["cell_type"] == "code"]
    assert len(code) <= 12
    assert code[0]["metadata"]["tags"] == ["parameters"]
    functions = 0
    for c in code:
        assert c["outputs"] == [] and c["execution_count"] is None
        tree = ast.parse("".join(c["source"]))
        assert not [n for n in ast.walk(tree) if isinstance(n, ast.For | ast.While | ast.If | ast.comprehension)]
        functions += sum(isinstance(n, ast.FunctionDef) for n in ast.walk(tree))
    assert functions == 1, "the example rule, and nothing else"


def test_it_runs_from_top_to_bottom_writes_nothing_and_shows_nothing_personal(
    store: Store, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XUEJI_STORE", str(store.root))
    done = runner.execute(paths.notebooks("rule_lab.ipynb"), {"as_of": GIVEN["as_of"]})
    assert done.error == ""
    page = done.page("实验室")
    assert all(text in page for text in ("逐班核对表", "没有存", "还没有自定义检查", "与已有检查重合", TITLE))
    text = done.text() + page
    assert [s for s in secrets(store) if s in text] == []
    assert local_rules.files() == []


def test_a_kept_rule_is_like_any_other_until_it_is_dropped(store: Store, home: Path, tmp_path: Path) -> None:
    given = {**GIVEN, "store": str(store.root), "keep": True}
    old = shelf.obtain(store, demo.INSPECTION)
    before = (old.findings, old.coverage)  # the shelf keeps the newest answer only
    done = runner.execute(paths.notebooks("rule_lab.ipynb"), given)  # type: ignore[arg-type]
    assert done.error == ""
    assert [f.name for f in local_rules.files()] == ["L001.py"]
    answer = shelf.obtain(store, demo.INSPECTION)
    found = answer.findings[answer.findings["rule_id"] == "L001"]
    assert len(found) and set(found["title"]) == {TITLE}
    assert (answer.coverage["rule_id"] == "L001").sum() == 6
    school = answer.school(found["school_id"].iloc[0])
    page = school_page.findings(school).html
    assert TITLE in page and "依据：县局自定" in page
    workbook.write(school, tmp_path / "findings.xlsx")
    book = openpyxl.load_workbook(tmp_path / "findings.xlsx")
    for sheet in ("问题", "覆盖"):
        assert TITLE in {str(c.value) for row in book[sheet].iter_rows() for c in row}, sheet
    county_book.write(answer, tmp_path / "county.xlsx")
    rows = {
        row[0]: row for row in openpyxl.load_workbook(tmp_path / "county.xlsx")["各项检查"].iter_rows(values_only=True)
    }
    assert rows["L001"][1] == TITLE and rows["L001"][5] == len(found)

    lab = Lab.open(str(store.root), demo.TERM, demo.AS_OF)
    assert TITLE in repr(lab.rules())
    lab.drop("L001")
    after = shelf.obtain(store, demo.INSPECTION)
    assert after.findings.equals(before[0]) and after.coverage.equals(before[1])
    assert (local_rules.folder() / "L001.py.dropped").is_file(), "its text is not lost"
    with pytest.raises(UsageError, match="没有自定义检查 L001"):
        lab.drop("L001")


def test_what_is_kept_brings_its_imports_constants_and_helpers(store: Store, lab: Lab) -> None:
    text = """
import numpy as np
import datetime as dt
from xueji_lib.register.labels import grade as words
GRADES = (1, 7)
def first(rows):
    return np.isin(rows["grade"].to_numpy(dtype=float, na_value=np.nan), GRADES)
@local_rule("L007", title="新生就读方式", when="x")
def boards(t):
    rows = t.register
    found = rows[first(rows) & rows["boarding"].notna() & (t.as_of > dt.date(2026, 9, 1))]
    return found.assign(证据=[words(g) for g in found["grade"]])
"""
    rule = cell(text)
    trial = lab.try_rule(rule)
    assert len(trial.hits) > 0
    lab.keep(rule)
    kept = engine.check(store, demo.INSPECTION)
    mine = kept.findings[kept.findings["rule_id"] == "L007"].reset_index(drop=True)
    assert mine.equals(trial.hits)
    written = (local_rules.folder() / "L007.py").read_text("utf-8")
    assert "import numpy as np" in written and "GRADES = (1, 7)" in written
    with pytest.raises(UsageError, match="replace=True"):
        lab.keep(rule)
    lab.keep(rule, replace=True)
    assert (local_rules.folder() / "L007.py").read_text("utf-8") == written
    (local_rules.folder() / "two.py").write_text(written.replace("L007", "L008"), "utf-8")
    with pytest.raises(UsageError, match=r"two\.py 第 17 行用了（要存的是 L008\.py）"):
        lab.keep(cell(text.replace("L007", "L008")))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return t.register[t.register.name.isin(LISTED.name)]", r"LISTED（DataFrame）.*写进函数里"),
        ("return t.register.head(len(nowhere))", "nowhere"),
        (
            "return t.register.head(10 if 'pytest' in __import__('sys').modules else 9)",
            "单独运行查到 9 条，笔记本里是 10 条",
        ),
        ("return t.register[t.register['bo' + 'arding'] == '住校']", "单独运行时.*KeyError：'boarding'"),
        ("return 1 / 0", "第 4 行出错（ZeroDivisionError"),
    ],
)
def test_what_would_not_stand_alone_is_not_kept(store: Store, lab: Lab, body: str, said: str) -> None:
    rule = cell(
        f"@local_rule('L001', title='x')\ndef f(t):\n    {body}\n",
        LISTED=store.read(demo.TERM, "register").head(3),
    )
    with pytest.raises(UsageError, match=said):
        lab.keep(rule)
    assert local_rules.files() == []


def test_looking_around_shows_nothing_personal(store: Store, lab: Lab) -> None:
    register = lab.t.register
    shown: list[Any] = [
        *(lab.show(table, 40) for table in local_rules.READ),
        *(lab.columns(table) for table in local_rules.READ),
        register,
        register[register["grade"] == 1].merge(lab.t.headcount, on=["school_id", "person"]),
        register["id_number"],
        register.set_index("id_number")[["name"]],
        register[["name", "phone", "birth_date", "id_birth"]].tail(),
        register.loc[0, ["name"]],
    ]
    text = "".join(repr(piece) + piece._repr_html_() for piece in shown)
    assert [s for s in secrets(store) if s in text] == []
    births = store.read(demo.TERM, "register", columns=["birth_date"])["birth_date"].dropna()
    assert not {f"{day:%Y-%m-%d}" for day in births.head(40)} & set(text.split("｜"))
    assert "身份证件号 id_number" in text and "男" in repr(register.groupby("sex")["grade"].count())
    with pytest.raises(UsageError, match="没有 regster 这张表"):
        lab.show("regster")
    with pytest.raises(UsageError, match="@local_rule"):
        lab.try_rule(len)


def test_a_rule_that_looks_at_other_schools_and_denies_it_is_not_kept(lab: Lab) -> None:
    text = """
@local_rule("L009", title="高于全县平均", table="schools", scope="school", across={across})
def large(t):
    size = t.register.groupby("school_id").size()
    return t.schools[t.schools.school_id.isin(size.index[size > size.mean()])]
"""
    denies = cell(text.format(across="()"))
    trial = lab.try_rule(denies)
    assert "across 里没有写" in trial.error and "across 里没有写" in repr(trial)
    with pytest.raises(UsageError, match=r"没有存：.*across"):
        lab.keep(denies)
    admits = lab.try_rule(cell(text.format(across="None")))
    assert admits.error == "" and len(admits.hits)
