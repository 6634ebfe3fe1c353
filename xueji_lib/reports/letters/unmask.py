"""The only papers that show a child's full numbers: always under a password, with a reason, and entered into the audit
trail before the first file is written.

Source: the privacy paragraph of the data contract (section 4); the notice, 二(一) (限期复学通知书) and 三(二).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import pandas as pd

from xueji_lib.county.registry import Registry
from xueji_lib.county.rows import Rows
from xueji_lib.judge.results import School
from xueji_lib.register import labels, schema
from xueji_lib.register.vocabulary import DropoutOutcome, Situation
from xueji_lib.reports.letters.field_values import chinese_date, office
from xueji_lib.reports.letters.kinds import RETURN
from xueji_lib.reports.letters.masked_students import MaskedStudents, records_of
from xueji_lib.reports.office_facts import LetterFacts
from xueji_lib.reports.workbooks.workbook import Book, SheetColumn
from xueji_lib.store import Store
from xueji_lib.support.errors import UsageError

Log: TypeAlias = Callable[[str, Mapping[str, Any]], None]
"""``log(action, detail)``: a line in the audit trail. It must raise where it cannot be written."""

ACTION: Final = "导出未遮盖资料"
LIST: Final = "学生身份对照表（未遮盖）.xlsx"
FOLDER: Final = "限期复学通知书"
SHORTEST: Final = 8
"""Characters of a password."""

TO_BRING_BACK: Final = (Situation.OUT_OF_REACH, Situation.DOES_NOT_RETURN)
"""情形 under which the notice has the township send the letter (二(一))."""
_WHY: Final[Mapping[str, str]] = {
    Situation.OUT_OF_REACH: "学校多次联系未果",
    Situation.DOES_NOT_RETURN: "经学校多次劝返仍未返校",
}

_COLUMNS: Final = (
    SheetColumn("序号", 5, centre=True),
    SheetColumn("班级", 11),
    SheetColumn("姓名", 10, wrap=True),
    SheetColumn("性别", 6, centre=True),
    SheetColumn("身份证件号", 21),
    SheetColumn("全国学籍号", 22),
    SheetColumn("出生日期", 11),
    SheetColumn("监护人", 10, wrap=True),
    SheetColumn("监护人电话", 14),
    SheetColumn("现住址", 28, wrap=True),
    SheetColumn("涉及的问题", 40, wrap=True),
    SheetColumn("疑点编号", 26, wrap=True),
)
_NEEDED: Final = (
    "school_id name sex birth_date id_type id_number register_no grade class_no status hukou_place address "
    "member1_name member1_phone member2_name"
).split()


@dataclass(frozen=True, slots=True)
class Request:
    """Why the unmasked papers are asked for, and the password that opens the files."""

    reason: str
    password: str

    def check(self) -> None:
        """Check the request. Raises UsageError for a reason or a password that is too short."""
        if len(self.reason.strip()) < 4:
            raise UsageError("导出未遮盖的资料要写明理由（--reason），至少 4 个字，如“送乡镇发放限期复学通知书”")
        if len(self.password) < SHORTEST:
            raise UsageError(f"口令至少 {SHORTEST} 个字符")


def export(
    store: Store, school: School, facts: LetterFacts, folder: Path, request: Request, log: Log | None
) -> list[Path]:
    """Write a school's unmasked list and its 限期复学通知书 into ``folder``, each file under the password.

    ``log`` is called before anything is written; without one nothing is. Raises UsageError, StoreError.
    """
    from xueji_lib.reports.letters.sealed_office import (
        put_sealed,  # cryptography takes a while to import and is seldom needed
    )

    request.check()
    if log is None:
        raise UsageError("没有审计留痕可记，不导出未遮盖的资料")
    register = store.read(school.term_id, "register", columns=_NEEDED, schools=[school.id])
    people = MaskedStudents(store, school, register)
    children = _children(store, school, register, people)
    letters_due = [_letter(school, facts, child) for child in children]
    contents = {LIST: _list(school, people)}
    for number, values in enumerate(letters_due, 1):
        contents[f"{FOLDER}/{number}.docx"] = RETURN.content(values)
    detail = {"school": school.id, "reason": request.reason.strip(), "files": sorted(contents), "term": school.term_id}
    log(ACTION, detail)
    for old in sorted((folder / FOLDER).glob("*.docx")):
        old.unlink()
    written = []
    for name, content in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        put_sealed(folder / name, content, request.password)
        written.append(folder / name)
    return written


def _list(school: School, people: MaskedStudents) -> bytes:
    """The workbook of the students that findings and mismatches name, with their full numbers."""
    by_student: dict[tuple[str, str], list[tuple[str, str]]] = {}
    findings = school.findings
    for name, ref, title, finding in zip(
        *(findings[c].tolist() for c in ("student", "student_ref", "title", "finding_id")), strict=True
    ):
        if name and ref:
            by_student.setdefault((name, ref), []).append((title, finding))
    for row in records_of(school.mismatches):
        if row["student_ref"]:
            key = (row["student"], row["student_ref"])
            by_student.setdefault(key, []).append((f"{row['kind']}（{row['situation'] or '未注明'}）", ""))
    lines: list[list[Any]] = []
    for (name, ref), entries in sorted(by_student.items()):
        titles = "；".join(dict.fromkeys(title for title, _ in entries))
        ids = "\n".join(finding for _, finding in entries if finding)
        matches = people.find(name, ref)
        more = "（同名、遮盖后相同的不止一人，请核对）" if len(matches) > 1 else ""
        lines += [[len(lines) + n, *_personal(row), titles + more, ids] for n, row in enumerate(matches, 1)]
        if not matches:
            lines.append([len(lines) + 1, "", name, "", "（名册里没有）", *[""] * 5, titles, ids])
    book = Book(f"{school.name} 学生身份对照表", school.as_of)
    sheet = book.sheet("未遮盖", f"{school.name}　未遮盖，用后销毁　{school.as_of}")
    book.head(sheet, f"{school.name}　学生身份对照表（未遮盖）", f"{schema.NO_IMPORT_MARK}。只限批准的用途，用后销毁。")
    book.table(sheet, _COLUMNS, lines, top=2, printed=len(_COLUMNS) - 1)
    return book.content()


def _personal(row: Mapping[str, Any]) -> list[str]:
    texts = [labels.text(row.get(c)) for c in ("name", "sex", "id_number", "register_no", "birth_date")]
    home = [labels.text(row.get(c)) for c in ("member1_name", "member1_phone", "address")]
    return [labels.class_label(row.get("grade"), row.get("class_no")), *texts, *home]


# ---- the letters ----


def _children(store: Store, school: School, register: pd.DataFrame, people: MaskedStudents) -> list[dict[str, Any]]:
    """Children of grades 1 to 9 to be brought back: not returned by the ledger, or absent for such a reason by the
    headcount."""
    children: dict[tuple[str, str, str], dict[str, Any]] = {}
    ids = pd.Index([school.id], dtype=object)
    ledger = store.read(school.term_id, "dropouts", schools=[school.id])
    rows = Rows(schema.DROPOUTS, ledger, ids)
    both = bool(len(ledger) and len(register))
    first = Registry(Rows(schema.REGISTER, register, ids)).link(rows).first if both else None
    for row_index, row in enumerate(records_of(ledger)):
        if row["outcome"] != DropoutOutcome.NOT_RETURNED:
            continue
        register_row = -1 if first is None else int(first[row_index])
        student = people.rows[register_row] if register_row >= 0 else {}
        child = {**student, **{f"ledger_{c}": row[c] for c in row}, "name": student.get("name", row["name"])}
        child.setdefault("id_number", row["id_number"])
        children[_key(child)] = child
    for row in records_of(school.mismatches):
        if row["situation"] not in TO_BRING_BACK:
            continue
        for student in people.find(row["student"], row["student_ref"]) or [
            {"name": row["student"], "grade": row["grade"]}
        ]:
            child = {"class_no": row["class"], **student, "situation": row["situation"], "moved": row["moved_date"]}
            children[_key(child)] = {**children.get(_key(child), {}), **child}
    due = [child for child in children.values() if labels.is_blank(child.get("grade")) or int(child["grade"]) <= 9]
    return sorted(due, key=lambda c: (labels.text(c.get("grade")), labels.text(c.get("class_no")), _key(c)))


def _key(child: Mapping[str, Any]) -> tuple[str, str, str]:
    return tuple(labels.text(child.get(c)) for c in ("name", "id_number", "register_no"))  # type: ignore[return-value]


_BLANK: Final = "＿＿＿＿＿＿"


def _letter(school: School, facts: LetterFacts, child: Mapping[str, Any]) -> dict[str, Any]:
    def text(column: str) -> str:
        return labels.text(child.get(column))

    guardian = text("member1_name") or text("member2_name")
    township = text("ledger_township")
    found_date = text("ledger_found_date") or text("moved")
    why = _WHY.get(text("situation"), "")
    visits = text("ledger_visits")
    if not why:
        why = f"学校已劝返{visits}次，仍未返校" if visits and visits != "0" else "经学校劝返仍未返校"
    return {
        **office(facts, school),
        "文号": facts.number("return_to_school", school.as_of.year),
        "监护人": guardian or f"{child['name']}的父母或其他法定监护人",
        "受送达人": guardian or _BLANK,
        "学生姓名": text("name"),
        "性别": text("sex") or _BLANK,
        "身份证件号": text("id_number") or _BLANK,
        "全国学籍号": text("register_no") or _BLANK,
        "学校名称": school.name,
        "班级": labels.class_label(child.get("grade"), child.get("class_no")),
        "现住址": text("address") or _BLANK,
        "发现日期": chinese_date(found_date[:10]),
        "未到校情况": why,
        "复学天数": facts["return_to_school"]["days"],
        "学校联系人": school.info.get("registrar", "") or _BLANK,
        "乡镇": township or _BLANK,
        "上报乡镇日期": chinese_date(text("ledger_reported_date")[:10]),
        "劝返次数": visits,
        "法律依据": [{"内容": article} for article in facts["return_to_school"]["articles"]],
    }
