"""What a file of the store that cannot be read is told as, and what mends it: one sentence, whose advice works."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from xueji_lib.register import schema
from xueji_lib.register.schema import Table
from xueji_lib.support.errors import StoreError
from xueji_lib.support.os_reasons import reason_of

PART: Final = "part.json"
"""Lies in a store that holds some schools only: ``schools``, ``term``, of what it was made (``MADE_OF``),
``SHARES_CENTRE``."""
MADE_OF: Final = "made_of"
OF_COUNTY: Final = "county"
"""A part that the county's own machine made for a page; any other came with a package."""
SHARES_CENTRE: Final = "shares_centre"
"""The schools of the part share a 中心校 with others, of whom the part does not know."""
_BY_PEOPLE: Final = (schema.ROLLCALLS.id, schema.EXPLANATIONS.id)


def why(file: Path) -> str:
    """In Chinese words, why a file cannot be read or is not what was written."""
    try:
        with file.open("rb") as stream:
            stream.read(1)
    except FileNotFoundError:
        return "不见了"
    except OSError as error:
        return f"读不出来（{reason_of(error)}）"
    return "已损坏"


def of_segment(root: Path, term: str, table: Table, file: Path) -> StoreError:
    """The error for a table whose rows cannot be read."""
    what = f"数据仓里 {term} 学期的{table.header}{why(file)}（{file}）"
    return StoreError(f"{what}。{_mended(root, term, table)}")


def of_current(term: str, file: Path) -> StoreError:
    """The error for a term of which neither what is current nor its copy can be read."""
    return StoreError(
        f"数据仓的 {file} {why(file)}，也没有能用的副本，{term} 学期存的是什么认不出来了。请从备份恢复；没有备份的，"
        f"把 {file.parent} 文件夹移走，再把这一学期的文件全部重新收一遍。核查台账里的认定不受影响"
    )


def of_record(number: int, file: Path) -> StoreError:
    """The error for the record of an intake that cannot be read; the data does not rest on it."""
    return StoreError(
        f"第 {number} 次收件的记录{why(file)}（{file}）。它只记收件的经过，数据和核查都不受影响。"
        "请从备份恢复它；没有备份的，删掉它，历史里少这一次"
    )


def of_marker(file: Path) -> StoreError:
    """The error for the marker of a store that cannot be read, where nothing else says that the folder is one."""
    return StoreError(f"数据仓的 {file} {why(file)}，里面也还没有数据。请删掉这个文件，再收一次件")


def part_note(root: Path) -> Mapping[str, Any]:
    """What lies in ``PART``; empty where the store is no part of one, or that cannot be read."""
    try:
        note: Any = json.loads((root / PART).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return note if isinstance(note, dict) else {}


def mended_part(root: Path) -> str:
    """What mends a part of a store: whatever it was made of makes it again."""
    if part_note(root).get(MADE_OF) == OF_COUNTY:
        return "请关掉本页，重新打开，会自动重新准备"
    return "请把原来的数据包再并入一次（xueji merge 数据包；直接打开数据包的，关掉再打开），会按它补好，已做的认定都在"


def _mended(root: Path, term: str, table: Table) -> str:
    if (root / PART).is_file():
        return mended_part(root)
    if table.id in _BY_PEOPLE:
        return f"请重新核查一次（xueji batch --term {term}），会按核查台账自动补好"
    whole = "完整" if table.id == schema.SCHOOLS.id else ""
    return (
        f"请把这一学期{whole}的{table.header}重新收一遍（xueji intake 收件夹 --term {term}），会自动补好；"
        "原来的文件也没有了的，从备份恢复"
    )
