"""What needs a child's identity: the only paper that is not masked. Always under a password, always with a reason, and
written down before the first file is.

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
from xueji_lib.register.identity import mask_id
from xueji_lib.reports.letter_facts import LetterFacts
from xueji_lib.reports.letter_kinds import RETURN
from xueji_lib.reports.letters import chinese_date, office
from xueji_lib.reports.sheet import Book, Column
from xueji_lib.store import Store
from xueji_lib.support.errors import UsageError

Log: TypeAlias = Callable[[str, Mapping[str, Any]], None]
"""``log(action, detail)``: a line in the audit trail. It must raise where it cannot be written."""

ACTION: Final = "导出未遮盖资料"
LIST: Final = "学生身份对照表（未遮盖）.xlsx"
FOLDER: Final = "限期复学通知书"
SHORTEST: Final = 8
"""Characters of a password."""

TO_BRING_BACK: Final = ("疑似辍学无法联系", "多次劝返不返")
"""情形 under which the notice has the township send the letter (二(一))."""

_COLUMNS: Final = (
    Column("序号", 5, centre=True),
    Column("班级", 11),
    Column("姓名", 10, wrap=True),
    Column("性别", 6, centre=True),
    Column("身份证件号", 21),
    Column("全国学籍号", 22),
    Column("出生日期", 11),
    Column("监护人", 10, wrap=True),
    Column("监护人电话", 14),
    Column("现住址", 28, wrap=True),
    Column("涉及的问题", 40, wrap=True),
    Column("疑点编号", 26, wrap=True),
)
_NEEDED: Final = (
    "school_id name sex birth_date id_type id_number register_no grade class_no status hukou_place address "
    "member1_name member1_phone member2_name"
).split()


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks for what and why. ``password`` opens the files."""

    reason: str
    password: str

    def check(self) -> None:
        """Raises UsageError."""
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
    from xueji_lib.reports.sealed_office import put_sealed  # cryptography takes a while to import and is seldom needed

    request.check()
    if log is None:
        raise UsageError("没有审计留痕可记，不导出未遮盖的资料")
    register = store.read(school.term_id, "register", columns=_NEEDED, schools=[school.id])
    people = _People(store, school, register)
    children = _children(store, school, register, people)
    letters_due = [_letter(school, facts, child) for child in children]
    made = {LIST: _list(school, people)}
    for number, values in enumerate(letters_due, 1):
        made[f"{FOLDER}/{number}.docx"] = RETURN.content(values)
    detail = {"school": school.id, "reason": request.reason.strip(), "files": sorted(made), "term": school.term_id}
    log(ACTION, detail)
    for old in sorted((folder / FOLDER).glob("*.docx")):
        old.unlink()
    written = []
    for name, content in made.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        put_sealed(folder / name, content, request.password)
        written.append(folder / name)
    return written


# ---- who is who ----


class _People:
    """The school's register and headcount, found by what masked paper shows: name and masked number."""

    def __init__(self, store: Store, school: School, register: pd.DataFrame) -> None:
        self.rows = _records(register)
        columns = ["school_id", "name", "sex", "id_number", "register_no", "grade", "class_no", "presence"]
        headcount = store.read(school.term_id, "headcount", columns=columns, schools=[school.id])
        here = [row for row in _records(headcount) if row["presence"] == "在校"]
        self._found: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for row in [*self.rows, *here]:
            for column in ("id_number", "register_no"):
                number = labels.text(row[column])
                if number:
                    self._found.setdefault((labels.text(row["name"]), mask_id(number)), []).append(row)
        self.school = school

    def find(self, name: str, ref: str) -> list[dict[str, Any]]:
        """All who look like this on masked paper; usually one, the register's before the headcount's."""
        found = self._found.get((name, ref), [])
        seen: set[str] = set()
        out: list[dict[str, Any]] = []
        for row in found:
            key = (labels.text(row["id_number"]), labels.text(row["register_no"]) if not row.get("presence") else "")
            numbers = {n for n in key if n}
            if not numbers & seen:
                out.append(row)
            seen |= numbers
        return out


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _list(school: School, people: _People) -> bytes:
    """Students that findings and mismatches name, with their numbers."""
    told: dict[tuple[str, str], list[tuple[str, str]]] = {}
    found = school.findings
    for name, ref, title, finding in zip(
        *(found[c].tolist() for c in ("student", "student_ref", "title", "finding_id")), strict=True
    ):
        if name and ref:
            told.setdefault((name, ref), []).append((title, finding))
    for row in _records(school.mismatches):
        if row["student_ref"]:
            key = (row["student"], row["student_ref"])
            told.setdefault(key, []).append((f"{row['kind']}（{row['situation'] or '未注明'}）", ""))
    lines: list[list[Any]] = []
    for (name, ref), said in sorted(told.items()):
        titles = "；".join(dict.fromkeys(title for title, _ in said))
        ids = "\n".join(finding for _, finding in said if finding)
        matches = people.find(name, ref)
        more = "（同名、遮盖后相同的不止一人，请核对）" if len(matches) > 1 else ""
        lines += [[len(lines) + n, *_personal(row), titles + more, ids] for n, row in enumerate(matches, 1)]
        if not matches:
            lines.append([len(lines) + 1, "", name, "", "（名册里没有）", *[""] * 5, titles, ids])
    book = Book(f"{school.name} 学生身份对照表", school.as_of)
    sheet = book.sheet("未遮盖", f"{school.name}　未遮盖，用后销毁　{school.as_of}")
    book.head(sheet, f"{school.name}　学生身份对照表（未遮盖）", f"{schema.NO_IMPORT_MARK}。只限批准的用途，用后销毁。")
    book.table(sheet, _COLUMNS, lines, top=2)
    return book.content()


def _personal(row: Mapping[str, Any]) -> list[str]:
    texts = [labels.text(row.get(c)) for c in ("name", "sex", "id_number", "register_no", "birth_date")]
    home = [labels.text(row.get(c)) for c in ("member1_name", "member1_phone", "address")]
    return [labels.place(row.get("grade"), row.get("class_no")), *texts, *home]


# ---- the letters ----


def _children(store: Store, school: School, register: pd.DataFrame, people: _People) -> list[dict[str, Any]]:
    """Children of grades 1 to 9 to be brought back: not returned by the ledger, or said to be so by the headcount."""
    children: dict[tuple[str, str, str], dict[str, Any]] = {}
    ids = pd.Index([school.id], dtype=object)
    ledger = store.read(school.term_id, "dropouts", schools=[school.id])
    rows = Rows(schema.DROPOUTS, ledger, ids)
    both = bool(len(ledger) and len(register))
    first = Registry(Rows(schema.REGISTER, register, ids)).link(rows).first if both else None
    for place, row in enumerate(_records(ledger)):
        if row["outcome"] != "未复学":
            continue
        at = -1 if first is None else int(first[place])
        known = people.rows[at] if at >= 0 else {}
        child = {**known, **{f"ledger_{c}": row[c] for c in row}, "name": known.get("name", row["name"])}
        child.setdefault("id_number", row["id_number"])
        children[_key(child)] = child
    for row in _records(school.mismatches):
        if row["situation"] not in TO_BRING_BACK:
            continue
        for known in people.find(row["student"], row["student_ref"]) or [
            {"name": row["student"], "grade": row["grade"]}
        ]:
            child = {"class_no": row["class"], **known, "situation": row["situation"], "moved": row["moved_date"]}
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
    place = text("ledger_township")
    found = text("ledger_found_date") or text("moved")
    why = {"疑似辍学无法联系": "学校多次联系未果", "多次劝返不返": "经学校多次劝返仍未返校"}.get(text("situation"), "")
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
        "班级": labels.place(child.get("grade"), child.get("class_no")),
        "现住址": text("address") or _BLANK,
        "发现日期": chinese_date(found[:10]),
        "未到校情况": why,
        "复学天数": facts["return_to_school"]["days"],
        "学校联系人": school.info.get("registrar", "") or _BLANK,
        "乡镇": place or _BLANK,
        "上报乡镇日期": chinese_date(text("ledger_reported_date")[:10]),
        "劝返次数": visits,
        "法律依据": [{"内容": article} for article in facts["return_to_school"]["articles"]],
    }
