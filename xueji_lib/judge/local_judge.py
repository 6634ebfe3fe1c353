"""Local rules run like any other: pandas rows in, a verdict out.

Each file is run by itself, in silence; whatever goes wrong in it is the status 出错 of that rule alone.
"""

from __future__ import annotations

import contextlib
import io
import re
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from xueji_lib import local_rules
from xueji_lib.county.cells import Flags, Places, truth
from xueji_lib.county.rows import class_key
from xueji_lib.judge.local_mask import evidence_texts
from xueji_lib.judge.local_tables import Tables
from xueji_lib.local_rules import Local, LocalRuleError
from xueji_lib.register import schema
from xueji_lib.register.identity import mask_text
from xueji_lib.rules.case import Case, NotApplicable, Verdict
from xueji_lib.rules.registry import Implementation
from xueji_lib.support.crash import harmless
from xueji_lib.support.errors import XuejiError

Function = Callable[[Tables], Any]

_EVERY_SCHOOL = ("classes", "custody", "reports")
"""Ledgers in which every school has a row: where a school has none, nothing was examined."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The local rules, ready for the engine. ``columns``: register columns that their texts name."""

    rules: dict[str, Local]
    implementations: dict[str, Implementation]
    columns: tuple[str, ...]


def load(where: Path | None = None) -> Loaded:
    """The local rules of a folder (default data/rules_local). Never fails for a rule's sake."""
    rules = local_rules.read(where)
    texts = [rule.file.read_text("utf-8-sig") for rule in rules.values() if not rule.error]
    made = {rule_id: implementation(rule, _in_file(rule)) for rule_id, rule in rules.items()}
    return Loaded(rules, made, named_columns("\n".join(texts)))


def named_columns(text: str) -> tuple[str, ...]:
    """The register's columns that stand somewhere in a program: no others need to be read for it."""
    words = set(re.findall(r"\w+", text))
    return tuple(column.id for column in schema.REGISTER if column.id in words)


def implementation(local: Local, function: Function) -> Implementation:
    """A local rule as the engine takes it."""

    def lacks(case: Case) -> Flags:
        return ~case.county.schools_with(local.table)

    code = f"<{local.file.name}>" if local.file.name else function.__code__.co_filename

    def judge(case: Case) -> Verdict:
        if local.error:
            raise LocalRuleError(local.error)
        with _guarded(local, code):
            return _verdict(case, local, function(Tables(case.county)))

    gaps = lacks if local.table in _EVERY_SCHOOL else None
    return Implementation(local.entry.id, judge, False, None, gaps, False)


@contextlib.contextmanager
def _guarded(local: Local, code: str) -> Iterator[None]:
    """What a rule prints is swallowed (it may be a record), and what it raises is told by place and kind."""
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            yield
    except (KeyboardInterrupt, LocalRuleError, NotApplicable):
        raise
    except BaseException as error:  # noqa: BLE001  exit() in a rule must not end the check either
        # A file's frames have no source lines (see _in_file); a notebook's would have, and may name somebody.
        cause = error if local.file.name else None
        raise LocalRuleError(f"{local.entry.id} {_explain(error, code)}") from cause


def _explain(error: BaseException, code: str) -> str:
    """第 5 行出错（KeyError：'brith_date'）: the last line of the rule's own code that was running."""
    own = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == code]
    line = f"第 {own[-1]} 行" if own else ""
    said = mask_text(str(error)) if isinstance(error, XuejiError) else harmless(str(error))
    return f"{line}出错（{type(error).__name__}{f'：{said[:200]}' if said else ''}）"


def _in_file(local: Local) -> Function:
    """The function of a file, run when it is asked for. A name in <> keeps source lines out of tracebacks."""

    def run(t: Tables) -> Any:
        scope: dict[str, Any] = {"__name__": f"rules_local.{local.file.stem}", "__file__": str(local.file)}
        code = compile(local.file.read_text("utf-8-sig"), f"<{local.file.name}>", "exec")
        exec(code, scope)  # the county's own program, put there by hand or by the laboratory
        return scope[local.function](t)

    return run


# ---- an answer becomes a verdict ----


def _verdict(case: Case, local: Local, answer: object) -> Verdict:
    rows, table, scope = case[local.table], local.table, local.entry.scope
    found = _checked(answer, table, len(rows))
    hits: Places = found[f"{table}_row"].to_numpy(dtype=np.int64)
    rest = np.setdiff1d(np.arange(len(rows)), hits)
    at = np.concatenate([hits, rest])
    hit = np.arange(len(at)) < len(hits)
    doubt = np.zeros(len(at), dtype=bool)
    if "无法判定" in found:
        doubt[: len(hits)] = found["无法判定"].astype("boolean").fillna(True).to_numpy(dtype=bool)
    for column in local.uses:
        doubt |= rows[column].unknown[at]
    given: dict[str, Any] = {}
    if scope == "class":
        grade, class_no = rows["grade"].values[at], rows["class_no"].values[at]
        key = class_key(rows.school[at], grade, class_no)
        doubt |= hit & (key == 0)  # no class to name: a question, not a finding
        given = {"person": key, "grade": grade, "class_no": class_no}
    elif scope == "school":
        given = {"person": rows.school[at]}
    texts = _evidence(local, found)

    def evidence(chosen: Places) -> list[str]:
        return evidence_texts(rows, at[chosen], found.iloc[chosen], texts[chosen].tolist())

    return case.judge(truth(hit, doubt), evidence, who=rows, at=at, **given)


def _checked(answer: object, table: str, size: int) -> pd.DataFrame:
    """The rows that a rule returned. Raises LocalRuleError (Chinese: what it is, what to do)."""
    if not isinstance(answer, pd.DataFrame):
        raise LocalRuleError(f"应返回 t.{table} 中有问题的行（DataFrame），现在返回的是 {type(answer).__name__}")
    name = f"{table}_row"
    if name not in answer:
        raise LocalRuleError(f"返回的表里没有 {name} 这一列：请从 t.{table} 筛选，并留着这一列，凭它找回原来的记录")
    places = pd.to_numeric(answer[name], errors="coerce")
    if places.isna().any() or not places.between(0, size - 1).all() or (places % 1 != 0).any():
        raise LocalRuleError(f"返回的 {name} 里有空的或对不上的行号：请只返回 t.{table} 里的行，不要改这一列")
    return pd.DataFrame(answer.reset_index(drop=True)).assign(**{name: places.to_numpy(dtype=np.int64)})


def _evidence(local: Local, found: pd.DataFrame) -> npt.NDArray[np.object_]:
    usual = local.entry.when or local.entry.title.removesuffix(local_rules.MARK)
    if "证据" not in found:
        return np.full(len(found), usual, dtype=object)
    texts = found["证据"].astype(object)
    return np.array([str(v) if not pd.isna(v) and str(v).strip() else usual for v in texts], dtype=object)
