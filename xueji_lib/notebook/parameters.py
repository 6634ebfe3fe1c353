"""A notebook's parameters, checked: which school, in which inspection, at which workplace."""

from __future__ import annotations

import datetime as dt
import numbers
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from rapidfuzz import fuzz, process

from xueji_lib.casebook.workplace import Workplace
from xueji_lib.notebook.by_hand import refuse_others
from xueji_lib.notebook.injected import refuse_unknown
from xueji_lib.register.inspection import Inspection
from xueji_lib.support import paths
from xueji_lib.support.errors import UsageError
from xueji_lib.support.paths import DEFAULT_STORE


@dataclass(frozen=True, slots=True)
class NotebookParameters:
    """Checked parameters. ``judged``: the fingerprint of an answer made a moment ago, or "". ``note`` says what was
    chosen where nothing was given."""

    school_id: str
    inspection: Inspection
    workplace: Workplace
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
    environment: Mapping[str, str] | None = None,
) -> NotebookParameters:
    """Check the notebook's parameters, by their names in its parameter cell; blank ones get sensible values.

    ``environment``: of the notebook's kernel, in which the command that started it says where its store
    (``XUEJI_STORE``) and its casebook (``XUEJI_CASEBOOK``) are; by default this process's.
    Raises UsageError (Chinese: which parameter, what it is and should be) for an unknown name, a wrong type, a term or
    school that is not there or a date that is none; StoreError where the folder is no store.
    """
    refuse_unknown()
    environment = os.environ if environment is None else environment
    workplace = workplace_of(store, environment)
    refuse_others(workplace, environment)
    opened = workplace.store
    terms = opened.terms()
    if not terms:
        raise UsageError(f"数据仓 {opened.root} 里还没有数据。请先用 xueji intake 导入")
    chosen_term, notes = _text("term", term) or terms[-1], []
    if chosen_term not in terms:
        raise UsageError(f"term：数据仓里没有 {chosen_term} 学期的数据。现有：{'、'.join(terms)}")
    school_text, pinned = _school(school_id), _text("judged", judged)
    directory = opened.directory(chosen_term, ["school_name"]) if not (school_text and pinned) else pd.DataFrame()
    if school_text:
        chosen_school = school_text if pinned else find_school(directory, school_text)  # a batch has looked it up
    elif len(directory):
        chosen_school = str(directory["school_id"].iloc[0])
        notes.append("没有指定学校，这里是名录里的第一所。要看别的学校，在开头的参数格填 school_id")
    else:
        raise UsageError(f"数据仓 {opened.root} 里没有学校名录。请把名录放进收件文件夹再导入")
    folder = _text("out", out)
    inspection = Inspection(chosen_term, _date(as_of))
    return NotebookParameters(
        chosen_school, inspection, workplace, Path(folder) if folder else None, pinned, "；".join(notes)
    )


def workplace_of(store: object, environment: Mapping[str, str]) -> Workplace:
    """Where the notebook's data are: in ``store``, the folder of XUEJI_STORE, or the folder xueji-store of where the
    notebook runs; where that has none, of the kit's own folder (Jupyter runs a notebook in the notebook's folder).

    Raises UsageError for a wrong type, StoreError where the folder is no store.
    """
    named = _text("store", store) or environment.get("XUEJI_STORE")
    beside_kit = paths.home() / DEFAULT_STORE
    root = Path(named or DEFAULT_STORE)
    if not named and not root.exists() and beside_kit.exists():
        root = beside_kit
    return Workplace.open(root, environment.get("XUEJI_CASEBOOK", ""))


def find_school(directory: pd.DataFrame, text: str) -> str:
    """The id of the school with this id or exact name.

    ``directory``: a frame with school_id and school_name, a row a school. Raises UsageError naming up to ten similar
    ones.
    """
    names = dict(zip(directory["school_id"].astype(str), directory["school_name"].astype(str), strict=True))
    if text in names:
        return text
    same = [school_id for school_id, name in names.items() if name == text]
    if len(same) == 1:
        return same[0]
    choices = {school_id: f"{school_id} {name}" for school_id, name in names.items()}
    close = process.extract(text, choices, scorer=fuzz.partial_ratio, limit=10, score_cutoff=50)
    listed = [label for label, _, _ in close] or list(choices.values())[:10]
    raise UsageError(f"学校名录里没有 {text}。相近的：{'；'.join(listed) or '（名录是空的）'}")


def _school(value: object) -> str:
    """The school's id or name. papermill's -p makes a whole number of an id's ten digits."""
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    return str(value) if whole else _text("school_id", value)


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
