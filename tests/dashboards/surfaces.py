"""What each page, paper and export of a county says of a finding, read back from the thing itself, held together."""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import docx
import openpyxl
from lxml import html

from xueji_lib.casebook import cases, explanations, letter_corrections
from xueji_lib.casebook.cases import Case
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.log.events import Actor
from xueji_lib.casebook.sightings import MACHINE
from xueji_lib.judge import shelf
from xueji_lib.judge.results import Results
from xueji_lib.register.catalogue import SEVERITIES, VIOLATIONS
from xueji_lib.register.inspection import Inspection
from xueji_lib.reports.case_states import DEMANDED
from xueji_lib.reports.letters.bulletin import CONFIRMED_STATES
from xueji_lib.store import Store
from xueji_lib.web.desks.findings_desk import FindingsTable
from xueji_lib.web.desks.on_site_desk import OnSiteTable, awaits_school
from xueji_lib.web.pages.bureau import BureauPage
from xueji_lib.web.pages.principal import PrincipalPage
from xueji_lib.web.panels.overview import Overview
from xueji_lib.web.shared.county_desk import CountyDesk
from xueji_lib.web.shared.school_desk import SchoolDesk

INSPECTOR = Actor("督查甲", "inspector")
DIRECTOR = Actor("周局长", "director")
LETTER = "限期整改通知书.docx"


def workbook(file: Path) -> dict[str, tuple[str, str]]:
    """findings.xlsx: finding_id → (认定, 整改期限)."""
    rows: dict[str, tuple[str, str]] = {}
    for sheet in openpyxl.load_workbook(file).worksheets:
        heads: list[str] = []
        for values in sheet.iter_rows(values_only=True):
            texts = ["" if value is None else str(value) for value in values]
            if "疑点编号" in texts:
                heads = texts
            elif heads and texts[heads.index("疑点编号")]:
                cell = dict(zip(heads, texts, strict=True))
                rows[cell["疑点编号"]] = cell["认定"], cell["整改期限"]
    return rows


def csv_ids(file: Path) -> dict[str, list[str]]:
    """findings.csv: school_id → finding ids."""
    by_school: dict[str, list[str]] = {}
    with file.open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            by_school.setdefault(row["school_id"], []).append(row["finding_id"])
    return by_school


def lines_of(file: Path, head: str) -> list[list[str]]:
    """The rows of the table of a letter that has this heading."""
    for table in docx.Document(str(file)).tables:
        rows = [[cell.text for cell in row.cells] for row in table.rows]
        if head in rows[0]:
            return rows[1:]
    return []


def letter(file: Path) -> Counter[tuple[str, ...]]:
    """限期整改通知书: (student, title, evidence, due) of every demand."""
    return Counter(tuple(row[2:6]) for row in lines_of(file, "证据"))


def annex(file: Path) -> Counter[tuple[str, str, str]]:
    """附件1.xlsx: (kind, name, what the school says)."""
    people = Counter[tuple[str, str, str]]()
    for kind in (explanations.ABSENT, explanations.UNREGISTERED):
        heads: list[str] = []
        for values in openpyxl.load_workbook(file)[kind].iter_rows(values_only=True):
            texts = ["" if value is None else str(value) for value in values]
            if "学生姓名" in texts:
                heads = texts
            elif heads and texts[heads.index("序号")].isdigit():
                people[kind, texts[heads.index("学生姓名")], texts[heads.index("原因（学校说明）")]] += 1
    return people


def county_rows(file: Path) -> dict[str, tuple[list[int], int, int | None]]:
    """county.html: school's name → (findings by violation, all, confirmed or None where nobody has decided)."""
    page = html.fromstring(file.read_text("utf-8"))
    table = next(table for table in page.iter("table") if "heat" in (table.get("class") or ""))
    heads = ["".join(cell.itertext()) for cell in table.find("thead/tr")]
    rows = {}
    for row in table.findall("tbody/tr"):
        cells = dict(zip(heads, ("".join(cell.itertext()).strip() for cell in row), strict=True))
        if cells["次序"]:
            counts = [_number(text) for text in list(cells.values())[4 : 4 + len(VIOLATIONS)]]
            rows[cells["学校"]] = counts, _number(cells["疑点"]), _number(cells["属实"]) if "属实" in cells else None
    return rows


def county_book(file: Path) -> dict[str, tuple[list[int], int, int | None]]:
    """county.xlsx: the same as ``county_rows``."""
    sheet = openpyxl.load_workbook(file)["各校"]
    lines = [["" if value is None else str(value) for value in row] for row in sheet.iter_rows(values_only=True)]
    heads = next(line for line in lines if "学校标识码" in line)
    first = heads.index("疑点合计") + 1 + len(SEVERITIES)
    rows = {}
    for line in lines[lines.index(heads) + 1 :]:
        cells = dict(zip(heads, line, strict=True))
        if cells["学校标识码"].isdigit():
            counts = [_number(text) for text in line[first : first + len(VIOLATIONS)]]
            confirmed = _number(cells["认定属实"]) if cells["认定属实"] else None
            rows[cells["学校"]] = counts, _number(cells["疑点合计"]), confirmed
    return rows


def county_annex(file: Path) -> Counter[tuple[str, str, str]]:
    """附件1汇总.xlsx: (kind, school_id, name)."""
    people = Counter[tuple[str, str, str]]()
    for kind in (explanations.ABSENT, explanations.UNREGISTERED):
        lines = list(openpyxl.load_workbook(file)[kind].iter_rows(values_only=True))
        heads = next(line for line in lines if "学生姓名" in line)
        for line in lines[lines.index(heads) + 1 :]:
            cells = dict(zip(heads, line, strict=True))
            if str(cells["序号"]).isdigit():
                people[kind, str(cells["学校标识码"]), str(cells["学生姓名"])] += 1
    return people


def audit(file: Path) -> tuple[list[int], int]:
    """audit.html: findings by violation, and how many lines of evidence stand below."""
    page = html.fromstring(file.read_text("utf-8"))
    tables = []
    for table in page.iter("table"):
        rows = [["".join(cell.itertext()).strip() for cell in row] for row in table.iter("tr")]
        tables.append([dict(zip(rows[0], row, strict=False)) for row in rows[1:]])
    summary = next(rows for rows in tables if rows and any("违规情形" in head for head in rows[0]))
    counts = [_number(row["合计"]) for row in summary[: len(VIOLATIONS)]]
    return counts, sum(len(rows) for rows in tables if rows and "证据" in rows[0])


def _number(text: str) -> int:
    return 0 if text in ("–", "—", "") else int(text)


def tiles(page_html: str) -> dict[str, int]:
    """The figures on top of a page, by label."""
    listed = html.fromstring(page_html).xpath("//ul[@class='tiles']/li") if page_html else []
    found = {}
    for tile in listed:
        label = next(text for text in tile.find(".//span").itertext())
        found[label.strip()] = int(tile.find(".//b").text or 0)
    return found


# ---- held together ----


@dataclass(frozen=True)
class Surfaces:
    """Everything that a county's people see on a day: the store with its casebook, and what the batch wrote."""

    store: Store
    term: str
    day: dt.date
    out: Path

    def disagreements(self) -> list[str]:
        """Where two of them say different things; a sentence each."""
        answer = shelf.newest(self.store, self.term)
        assert answer is not None and answer.as_of == self.day
        with Casebook.open(self.store) as book:
            assert not book.verify().broken
            by_school: dict[str, list[Case]] = {}
            for case in cases.of_county(book, self.day):
                by_school.setdefault(case.sighting.school_id, []).append(case)
            found = list(self._of_county(book, answer, by_school))
            for school in answer.schools["school_id"].astype(str):
                told = self._of_school(book, answer, school, by_school.get(school, []))
                found += [f"{school} {line}" for line in told]
        return found

    @property
    def folder(self) -> Path:
        return self.out / self.term

    def _of_school(
        self, book: Casebook, answer: Results, school: str, known: Sequence[Case]
    ) -> Iterator[str]:  # fmt: skip
        standing = {case.id: case for case in known if case.sighting.present and not case.awaits_school}
        folder, decided = self.folder / "schools" / school, any(case.state != "疑点" for case in standing.values())
        of_machine = {key for key, case in standing.items() if case.sighting.origin == MACHINE}
        yield from _same("findings.csv", set(csv_ids(self.folder / "findings.csv").get(school, ())), of_machine)
        on_paper = {key: (case.state, case.due or case.finding["due"]) for key, case in standing.items()}
        yield from _same("findings.xlsx", workbook(folder / "findings.xlsx"), on_paper)
        if any(case.history and not case.awaits_school for case in known):
            demanded = [case for case in standing.values() if case.state in DEMANDED]
        else:
            demanded = list(standing.values())  # a draft
        demands = Counter(
            (c.finding["student"], c.finding["title"], c.finding["evidence"], c.due or c.finding["due"])
            for c in demanded
        )
        yield from _same("限期整改通知书", letter(folder / LETTER), demands)
        assert decided or not any(case.due for case in known)

        counts = [sum(case.finding["violation"] == str(v) for case in standing.values()) for v in VIOLATIONS]
        yield from _same("audit.html", audit(folder / "audit.html"), (counts, len(standing)))

        # The mismatched pupils: paper, what is kept, and what the principal has to explain.
        people = Counter(
            (row["kind"], row["student"], row["reason"]) for row in answer.school(school).mismatches.to_dict("records")
        )
        yield from _same("附件1", annex(folder / "附件1.xlsx"), people)
        explained = explanations.mismatches(book, self.store, school, self.term)
        yield from _same("逐一说明", Counter((m.kind, m.name, m.note) for m in explained), people)

        to_correct = letter_corrections.of_school(book, school, known)
        due = Counter(c.case.finding["title"] for c in to_correct if not c.sent)
        file = folder / "更正通知.docx"
        told = Counter(row[3] for row in lines_of(file, "原列问题")) if file.exists() else Counter[str]()
        yield from _same("更正通知", told, due)
        yield from self._pages_of_school(book, answer, school, known)

    def _pages_of_school(
        self, book: Casebook, answer: Results, school: str, known: Sequence[Case]
    ) -> Iterator[str]:  # fmt: skip
        standing = {case.id: case for case in known if case.sighting.present and not case.awaits_school}
        desk = SchoolDesk(book, self.store, INSPECTOR, self.term, self.day, school)
        rows = {row.id: row for row in FindingsTable(desk, lambda case: not case.awaits_school).rows()}
        yield from _same("核查清单", {k: r.state for k, r in rows.items() if k in standing}, _states(standing))
        gone = {key for key, row in rows.items() if key not in standing}
        assert all(cases.GONE in rows[key].marks for key in gone), "what nobody finds any more is marked so"
        undecided = {key for key, case in standing.items() if case.is_waiting}
        yield from _same("核查清单待核实", {key for key, row in rows.items() if row.waiting}, undecided)
        figures = Overview(desk, answer.school(school)).figures()["sections"]
        yield from _same("核查清单开头 待核实", sum(one["left"] for one in figures), len(undecided))
        true = sum(case.state in DEMANDED or case.state == "学校已报整改" for case in standing.values())
        yield from _same("核查清单开头 属实", sum(one["true"] for one in figures), true)
        yield from _same("核查清单开头 疑点", sum(one["total"] for one in figures), len(standing))

        page = PrincipalPage(desk, live=False, incoming=self.store.root / "incoming")
        shown = {row.id for row in page._rectification_table.rows()}
        decided = {case.id for case in known if case.history and not case.awaits_school}
        yield from _same("校长的疑点与整改", shown, set(standing) | decided)
        top = tiles(page.top().html)
        overdue = {case.id for case in known if case.overdue(self.day)}
        demanded = {key for key, case in standing.items() if case.state in ("已通知", "复核不通过")}
        yield from _same("校长的逾期", top["整改逾期"], len(overdue))
        yield from _same("逾期而不在通知书里", overdue - demanded, set())
        yield from _same("校长的要整改", top["要整改"], len(demanded))
        yield from _same("校长的待销号", top["未再发现，等销号"], sum(case.to_close for case in known))
        waiting = {case.id for case in known if case.still_awaits_school}
        yield from _same("校长的现场发现", top["现场发现，待说明"], len(waiting))
        on_site = {row.id for row in OnSiteTable(desk, awaits_school).rows() if row.state != "已更正，未再发现"}
        yield from _same("现场发现一节", on_site, waiting)

    def _of_county(
        self, book: Casebook, answer: Results, by_school: Mapping[str, Sequence[Case]]
    ) -> Iterator[str]:  # fmt: skip
        names = dict(zip(answer.schools["school_id"].astype(str), answer.schools["school_name"], strict=True))
        desk = CountyDesk(book, self.store, DIRECTOR, self.term, self.day, names=names)
        bureau = BureauPage(desk, answer, live=False, incoming=self.store.root / "incoming")
        top = tiles(bureau.top().html)
        html_rows = county_rows(self.folder / "county.html")
        yield from _same("county.xlsx", county_book(self.folder / "county.xlsx"), html_rows)
        people = Counter(
            (str(row["kind"]), school, str(row["student"]))
            for school in names
            for row in answer.school(school).mismatches.to_dict("records")
        )
        yield from _same("附件1汇总", county_annex(self.folder / "附件1汇总.xlsx"), people)
        heat = {line.school_id: line for lines in bureau.towns.values() for line in lines}
        counts = {row[1]: int(row[6]) for row in lines_of(self.folder / "通报.docx", "所属乡镇")}
        seen = any(case.history and not case.awaits_school for known in by_school.values() for case in known)
        overdue = 0
        for school, name in names.items():
            known = by_school.get(school, ())
            standing = [case for case in known if case.sighting.present and not case.awaits_school]
            by_violation = [sum(c.finding["violation"] == str(v) for c in standing) for v in VIOLATIONS]
            confirmed = sum(case.state in CONFIRMED_STATES for case in standing) if seen else None
            yield from _same(f"{name} county.html", html_rows[name], (by_violation, len(standing), confirmed))
            closed = ("不属实", "复核销号", "豁免")
            open_ones = [sum(c.finding["violation"] == str(v) and c.state not in closed for c in standing)
                         for v in VIOLATIONS]  # fmt: skip
            yield from _same(f"{name} 热力图", [cell.count for cell in heat[school].cells], open_ones)
            yield from _same(f"{name} 通报", counts[name], len(standing) if confirmed is None else confirmed)
            overdue += sum(case.overdue(self.day) for case in known)
        yield from _same("局里的逾期", top["整改逾期"], overdue)
        every = [case for known in by_school.values() for case in known]
        yield from _same("局里的待销号", top["待销号"], sum(case.to_close for case in every))
        yield from _same("局里的冲突", top["认定冲突"], sum(case.state == "冲突" for case in every))
        yield from _same("局里的回潮", top["回潮"], sum(case.state == "回潮" for case in every))
        papers = sum((self.folder / "schools" / school / "更正通知.docx").exists() for school in names)
        yield from _same("局里的更正通知待发", top["更正通知待发"], papers)
        again = shelf.obtain(self.store, Inspection(self.term, self.day))
        yield from _same("数据在核查以后变了", again.fingerprint, answer.fingerprint)


def _states(standing: Mapping[str, Case]) -> dict[str, str]:
    return {key: case.state for key, case in standing.items()}


def _same(what: str, said: object, should: object) -> Iterator[str]:
    if said == should:
        return
    if isinstance(said, set) and isinstance(should, set):
        yield f"{what}：多 {sorted(said - should)}，少 {sorted(should - said)}"
    elif isinstance(said, Counter) and isinstance(should, Counter):
        yield f"{what}：多 {dict(said - should)}，少 {dict(should - said)}"
    elif isinstance(said, dict) and isinstance(should, dict):
        keys = sorted(key for key in {*said, *should} if said.get(key) != should.get(key))
        yield f"{what}：" + "；".join(f"{key} {said.get(key)} ≠ {should.get(key)}" for key in keys)
    else:
        yield f"{what}：{said} ≠ {should}"
