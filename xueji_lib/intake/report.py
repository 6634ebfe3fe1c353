"""What an intake did: every file, every sheet, every row accounted for, every bad cell named.

No personal value is shown whole: values are masked here, once, when a problem is made.

More than 250 lines: the account of an intake and both ways to tell it, for machines and for people, which must agree.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from xueji_lib.intake.inbox import visible
from xueji_lib.intake.readers.grid import without_marks
from xueji_lib.register import identity, schema
from xueji_lib.register.schema import Column, Kind, Private
from xueji_lib.store import Change

if TYPE_CHECKING:
    from xueji_lib.intake.part_outcomes import Updated, Vanished
    from xueji_lib.intake.parts import Settled

MEANINGS: dict[str, str] = {
    "D01": "文件读不出来",
    "D02": "认不出是哪张表",
    "D03": "缺必填列",
    "D04": "号码被 Excel 改坏",
    "D05": "不是日期",
    "D06": "值不在规定的写法之内",
    "D07": "同一行重复",
    "D08": "学校不在名录里",
    "D09": "乱码",
    "D10": "没有姓名也没有号码",
    "D11": "号码或姓名被遮盖",
    "D12": "工作表是隐藏的",
    "D13": "是另一种名单",
    "D14": "同一份名单交了两次，或是别的学期的",
}

REMEDIES: dict[str, str] = {
    "D01": "按说明重新导出或另存后重交",
    "D02": "对照台账样式改表头，或移出收件夹",
    "D03": "补上缺的列后重交",
    "D04": "从平台重新导出，号码列设为文本，不要用 Excel 打开 CSV 再存",
    "D05": "改成 2026-09-01 这样的真实日期",
    "D06": "改成规定的写法",
    "D07": "无须处理，只算一次；不是同一件事的，请补充区别",
    "D08": "核对学校标识码，或把学校补进学校名录",
    "D09": "按原件重新录入这一格",
    "D10": "补姓名或号码，或删去空行",
    "D11": "交没有遮盖的号码和姓名",
    "D12": "要收的取消隐藏，不要的删去，再交",
    "D13": "不是本表的移出收件夹；确是本表的，改标题或删去多出的列",
    "D14": "只留对的一份，本学期的，其余移出收件夹",
}

KINDS: dict[str, str] = {
    "new": "新收",
    "replaced": "替换",
    "updated": "更新一部分",
    "healed": "补好",
    "undone": "退回",
    "unchanged": "未变",
}
"""What the store made of a school's table (``Change.kind``)."""

SHOWN = 8
"""Problems a file on the screen; all are in the workbook and in ``to_dict``."""


_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?=\D|$|\d{4}(?:\D|$))")


@dataclass(slots=True)
class Problem:
    """One thing left out or not understood. ``row`` 0: the whole file or sheet. ``column``: the user's header.

    ``left_out``: makes the exit status 4; false for a row that is merely there twice.
    """

    file: str
    sheet: str
    row: int
    column: str
    code: str
    message: str
    value: str = ""
    left_out: bool = True
    school_id: str = ""
    """Whose file it is, where that can be told."""

    def __post_init__(self) -> None:
        self.message = identity.mask_sentence(self.message)

    @property
    def where(self) -> str:
        """The place in the file, in Chinese."""
        parts = [f"工作表“{self.sheet}”" if self.sheet else "", f"第 {self.row} 行" if self.row else ""]
        parts.append(f"“{self.column}”列" if self.column else "")
        return "".join(parts)


_OF_PROBLEM = tuple(item.name for item in fields(Problem))


def mask_value(column: Column, text: str) -> str:
    """A cell as it may be shown."""
    text = visible(" ".join(without_marks(text).split()))
    if not text:
        return ""
    match column.private:
        case Private.HIDDEN:
            return "（不显示）"
        case Private.ADDRESS:
            return identity.mask_address(text)
        case Private.PHONE:
            return identity.mask_phone(text)
        case Private.ID:
            return identity.mask_id(text)
        case Private.BIRTH:
            return _birth_shown(text)
    if column.kind in (Kind.ID, Kind.REGISTER_NO):
        return identity.mask_id(text)
    safe_text = identity.mask_name(text) if column.kind is Kind.NAME else identity.mask_text(text)
    return safe_text if len(safe_text) <= 24 else safe_text[:23] + "…"


def _birth_shown(text: str) -> str:
    """Of what should have been a birth date the year, wherever it stands; without one, words but no digits."""
    if not any(c.isdecimal() for c in text):
        return text[:8]
    year = _YEAR.search(text)
    return f"{year.group()}…" if year else "（不显示）"


@dataclass(slots=True)
class SheetReport:
    """read = accepted + rejected + skipped; ``skipped`` and ``rejected`` say why."""

    sheet: str
    table: str | None = None
    header_row: int = 0
    read: int = 0
    accepted: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    @property
    def rows_rejected(self) -> int:
        return sum(self.rejected.values())

    @property
    def rows_skipped(self) -> int:
        return sum(self.skipped.values())

    def check(self) -> None:
        """The accounting identity; a breach is a bug, never the user's."""
        if self.read != self.accepted + self.rows_rejected + self.rows_skipped:
            raise AssertionError(f"rows lost: {self.read} ≠ {self.accepted}+{self.rows_rejected}+{self.rows_skipped}")


@dataclass(frozen=True, slots=True)
class Sent:
    """Rows of a school that one sheet brought. ``file`` and ``sheet`` as the report shows them."""

    school_id: str
    table: str
    file: str
    sheet: str
    rows: int


@dataclass(slots=True)
class FileReport:
    file: str
    form: str
    sheets: list[SheetReport] = field(default_factory=list)


@dataclass(slots=True)
class Report:
    """The result of ``intake.run``. ``intake``: its number in the store, None where nothing changed."""

    term: str
    files: list[FileReport] = field(default_factory=list)
    ignored: list[tuple[str, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    changes: tuple[Change, ...] = ()
    notes: list[str] = field(default_factory=list)
    intake: int | None = None
    updated: list[Updated] = field(default_factory=list)
    vanished: list[Vanished] = field(default_factory=list)
    sent: Sequence[Sent] = ()

    @property
    def left_out(self) -> bool:
        """Something was not taken in, or not understood (exit status 4)."""
        return any(p.left_out for p in self.problems) or bool(self.vanished)

    def came_of_parts(self, settled: Settled) -> None:
        """Take down what came of lists that were sent in part. A part that changed nothing is in the notes alone: it
        too left out pupils who stay."""
        changed = {(change.table, change.school_id) for change in self.changes if change.kind != "unchanged"}
        self.updated = [part for part in settled.updated if (part.table, part.school_id) in changed]
        self.vanished = [loss for loss in settled.vanished if (loss.table, loss.school_id) in changed]
        self.notes += [*settled.damaged, *map(str, self.updated), *map(str, self.vanished)]
        unchanged = (part for part in settled.updated if (part.table, part.school_id) not in changed)
        self.notes += [part.unchanged for part in unchanged if part.stayed_rows]

    def sheets(self) -> Iterable[tuple[FileReport, SheetReport]]:
        for file in self.files:
            for sheet in file.sheets:
                yield file, sheet

    def check(self) -> None:
        for _, sheet in self.sheets():
            sheet.check()

    # ---- for machines ----

    def to_dict(self) -> dict[str, Any]:
        """The whole report; the same input gives the same dictionary."""
        totals = {"read": 0, "accepted": 0, "rejected": 0, "skipped": 0}
        for _, sheet in self.sheets():
            totals["read"] += sheet.read
            totals["accepted"] += sheet.accepted
            totals["rejected"] += sheet.rows_rejected
            totals["skipped"] += sheet.rows_skipped
        return {
            "term": self.term,
            "intake": self.intake,
            "left_out": self.left_out,
            "rows": totals,
            "codes": dict(sorted(Counter(p.code for p in self.problems).items())),
            "files": [
                {
                    "file": file.file,
                    "form": file.form,
                    "sheets": [
                        {
                            "sheet": s.sheet,
                            "table": s.table,
                            "table_name": schema.TABLES[s.table].header if s.table else None,
                            "header_row": s.header_row,
                            "read": s.read,
                            "accepted": s.accepted,
                            "rejected": s.rows_rejected,
                            "rejected_by_code": dict(sorted(s.rejected.items())),
                            "skipped": s.rows_skipped,
                            "skipped_by_kind": dict(sorted(s.skipped.items())),
                            "missing_columns": s.missing,
                            "ignored_columns": s.ignored,
                        }
                        for s in file.sheets
                    ],
                }
                for file in self.files
            ],
            "ignored_files": [{"file": name, "why": why} for name, why in self.ignored],
            "problems": [{name: getattr(p, name) for name in _OF_PROBLEM} for p in self.problems],
            "changes": [asdict(c) for c in self.changes],
            "updated": [asdict(part) for part in self.updated],
            "vanished": [asdict(loss) for loss in self.vanished],
            "notes": self.notes,
        }

    # ---- for people ----

    def lines(self, *, stored: bool = True) -> list[str]:
        """The report for the screen: what came in, what changed (where it is ``stored``), what is wrong."""
        return [*self._summary(), *(self._changes() if stored else ()), *self._troubles()]

    def _summary(self) -> list[str]:
        by_table: dict[str, Counter[str]] = defaultdict(Counter)
        for _, sheet in self.sheets():
            if sheet.table:
                count = by_table[sheet.table]
                count.update(sheets=1, read=sheet.read, accepted=sheet.accepted)
                count.update(rejected=sheet.rows_rejected, skipped=sheet.rows_skipped)
        out = [f"学期 {self.term}：收件夹里 {len(self.files)} 个文件"]
        for table in schema.TABLES.values():
            if table.id in by_table:
                c = by_table[table.id]
                text = f"  {table.header}：{c['sheets']} 张表，读 {c['read']} 行，收 {c['accepted']} 行"
                text += f"，拒收 {c['rejected']} 行" if c["rejected"] else ""
                out.append(text + (f"，跳过 {c['skipped']} 行（标题、表头、空行、合计）" if c["skipped"] else ""))
        return out

    def _changes(self) -> list[str]:
        if self.intake is None:
            return ["内容与数据仓里的一样，什么也没有改动"]
        updated = {(part.table, part.school_id) for part in self.updated}
        kinds = Counter((c.table, "updated" if (c.table, c.school_id) in updated else c.kind) for c in self.changes)
        out = [f"写入数据仓，第 {self.intake} 次收件："]
        for table in schema.TABLES.values():
            parts = [
                f"{word} {kinds[table.id, kind]} 校" if not table.per_county else word
                for kind, word in KINDS.items()
                if kinds[table.id, kind]
            ]
            if parts:
                out.append(f"  {table.header}：{'，'.join(parts)}")
        if any(c.kind == "healed" for c in self.changes):
            out.append("  补好：内容没有变，但数据仓里存的已损坏，已按这次的文件重新写好")
        replaced = [c for c in self.changes if c.kind == "replaced"]
        out += [
            f"  {c.school_id or '全县'} 的{schema.TABLES[c.table].header}：{c.old_rows} 行 → {c.new_rows} 行"
            for c in replaced[:SHOWN]
        ]
        if len(replaced) > SHOWN:
            out.append(f"  其余 {len(replaced) - SHOWN} 处替换见报告")
        return out

    def _troubles(self) -> list[str]:
        out = [f"注意：{note}" for note in self.notes]
        if not self.problems:
            return [*out, "没有发现问题"]
        counts = Counter(p.code for p in self.problems)
        out.append("问题：" + "，".join(f"{code} {MEANINGS[code]} {n} 处" for code, n in sorted(counts.items())))
        by_file: dict[str, list[Problem]] = defaultdict(list)
        for problem in self.problems:
            by_file[problem.file].append(problem)
        for file, problems in by_file.items():
            out.append(f"  {file}")
            for p in problems[:SHOWN]:
                where = f"{p.where}：" if p.where else ""
                out.append(f"    {p.code} {where}{p.message}" + (f"（现为 {p.value}）" if p.value else ""))
            if len(problems) > SHOWN:
                out.append(f"    其余 {len(problems) - SHOWN} 处见报告")
        return out
