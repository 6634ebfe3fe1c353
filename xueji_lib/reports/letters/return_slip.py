"""The values of the 退回单: what of a school's files was taken, what has to be put right, what is still missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from xueji_lib.intake.returned import Slip
from xueji_lib.register.inspection import Inspection
from xueji_lib.reports.letters.field_values import office
from xueji_lib.reports.letters.kinds import SLIP
from xueji_lib.reports.office_facts import LetterFacts
from xueji_lib.support.errors import UsageError
from xueji_lib.support.files import put_file
from xueji_lib.support.private import make_folder

FOLDER: Final = "退回单"
_MOST: Final = 60
"""Lines of things to put right; a school with more has one fault all over, which the first lines show."""
_ROWS: Final = 60
"""Characters of row numbers in a line."""


def write_all(
    slips: Sequence[Slip], term: str, at: dt.datetime, folder: Path, progress: Callable[[int, int, str], None]
) -> list[str]:
    """Write ``退回单/<school_id>.docx`` below the folder; a sentence for each that could not be written, because it is
    open elsewhere. Raises UsageError where the template cannot be used."""
    SLIP.check()
    facts, problems = LetterFacts.load(), []
    make_folder(folder / FOLDER)
    for number, slip in enumerate(slips, 1):
        progress(number, len(slips), f"退回单 {slip.school_id}")
        content = SLIP.content(values(slip, term, at, facts))
        try:
            put_file(folder / FOLDER / f"{slip.school_id}.docx", content)
        except UsageError as error:
            problems.append(str(error))
    return problems


def values(slip: Slip, term: str, at: dt.datetime, facts: LetterFacts) -> dict[str, Any]:
    """The letter's fields."""
    more = len(slip.faults) - _MOST
    notes = [f"另有 {more} 类问题没有列，见县里的导入报告。"] if more > 0 else []
    notes += [f"另有 {slip.repeated} 处与别的行完全相同，只算一次，不用改。"] if slip.repeated else []
    return {
        **office(facts, Inspection(term, at.date())),
        "学校名称": slip.school or slip.school_id,
        "学校标识码": slip.school_id,
        "收件时间": f"{at:%Y-%m-%d %H:%M}",
        "结论": _conclusion(slip),
        "附注": "".join(notes),
        "还没有交": _lacking(slip),
        "说明": [{"内容": note} for note in slip.notes],
        "收下的": [
            {"序号": n, "表": taken.table, "来源": taken.sources, "行数": taken.rows, "结果": taken.outcome}
            for n, taken in enumerate(slip.taken, 1)
        ],
        "要改的": [
            {
                "序号": n,
                "位置": fault.where,
                "行": _short(fault.rows) or "整张",
                "列": fault.column or "—",
                "问题": f"{fault.code} {fault.meaning}" + (f"（现为 {fault.values}）" if fault.values else ""),
                "改法": fault.remedy,
            }
            for n, fault in enumerate(slip.faults[:_MOST], 1)
        ],
    }


def _conclusion(slip: Slip) -> str:
    rows = sum(taken.rows for taken in slip.taken)
    taken = f"收下 {len(slip.taken)} 张表、{rows} 行" if slip.taken else "这次的表都没有收下"
    if not slip.faults:
        wrong = "没有要改的"
    else:
        wrong = f"有 {slip.cells} 处没有收下或认不出，请照第二部分改好再交"
    lacking = f"；还有 {len(slip.lacking)} 张表没有交" if slip.lacking else ""
    return f"{taken}；{wrong}{lacking}。"


def _lacking(slip: Slip) -> str:
    if not slip.lacking:
        return ""
    return f"{'、'.join(slip.lacking)}。转学、休复学、信息修改、劝返台账和信息对外提供登记，有这类事的才交。"


def _short(rows: str) -> str:
    if len(rows) <= _ROWS:
        return rows
    return rows[: rows.rindex("、", 0, _ROWS)] + " 等行"
