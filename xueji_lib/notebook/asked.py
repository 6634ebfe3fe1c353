"""What a notebook is asked for, checked: which school, which term, which day, which store."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from rapidfuzz import fuzz, process

from xueji_lib.store import Store
from xueji_lib.support.errors import UsageError


@dataclass(frozen=True, slots=True)
class Asked:
    """Checked parameters. ``note`` says what was chosen where nothing was given."""

    school_id: str
    term: str
    as_of: dt.date
    store: Store
    out: Path | None
    judged: str
    note: str


def parameters(
    school_id: object = "",
    term: object = "",
    as_of: object = "",
    store: object = "",
    out: object = "",
    judged: object = "",
) -> Asked:
    """Check the notebook's parameters; blank ones get sensible values.

    Raises UsageError (Chinese: which parameter, what it is, what it should be) for a wrong type, a term or
    school that is not there or a date that is none; StoreError where the folder is no store.
    """
    opened = Store.open(Path(_text("store", store) or os.environ.get("XUEJI_STORE") or "xueji-store"))
    terms = opened.terms()
    if not terms:
        raise UsageError(f"数据仓 {opened.root} 里还没有数据。请先用 xueji intake 导入")
    chosen, notes = _text("term", term) or terms[-1], []
    if chosen not in terms:
        raise UsageError(f"term：数据仓里没有 {chosen} 学期的数据。现有：{'、'.join(terms)}")
    wanted, pinned = _text("school_id", school_id), _text("judged", judged)
    directory = opened.directory(chosen, ["school_name"]) if not (wanted and pinned) else pd.DataFrame()
    if wanted:
        found = wanted if pinned else find_school(directory, wanted)  # a batch has found it
    elif len(directory):
        found = str(directory["school_id"].iloc[0])
        notes.append("没有指定学校，这里是名录里的第一所。要看别的学校，在开头的参数格填 school_id")
    else:
        raise UsageError(f"数据仓 {opened.root} 里没有学校名录。请把名录放进收件文件夹再导入")
    folder = _text("out", out)
    return Asked(found, chosen, _date(as_of), opened, Path(folder) if folder else None, pinned, "；".join(notes))


def find_school(directory: pd.DataFrame, wanted: str) -> str:
    """The id of the school with this id or exact name. Raises UsageError naming close ones."""
    names = dict(zip(directory["school_id"].astype(str), directory["school_name"].astype(str), strict=True))
    if wanted in names:
        return wanted
    same = [school_id for school_id, name in names.items() if name == wanted]
    if len(same) == 1:
        return same[0]
    choices = {school_id: f"{school_id} {name}" for school_id, name in names.items()}
    close = process.extract(wanted, choices, scorer=fuzz.partial_ratio, limit=10, score_cutoff=50)
    listed = [text for text, _, _ in close] or list(choices.values())[:10]
    raise UsageError(f"学校名录里没有 {wanted}。相近的：{'；'.join(listed) or '（名录是空的）'}")


def _text(name: str, value: object) -> str:
    if not isinstance(value, str | Path):
        raise UsageError(f'{name} 应是文字（加引号，如 {name} = "…"），现在是 {value!r}（{type(value).__name__}）')
    return str(value).strip()


def _date(value: Any) -> dt.date:
    if isinstance(value, dt.date):
        return value.date() if isinstance(value, dt.datetime) else value
    text = _text("as_of", value)
    if not text:
        return dt.datetime.now().date()
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f'as_of 应是日期，如 "2026-11-20"，现在是 {text}') from None
