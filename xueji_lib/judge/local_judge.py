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
from xueji_lib.county.kleene import Flags, RowIndexes, truth
from xueji_lib.county.rows import class_key
from xueji_lib.judge.local_mask import evidence_texts
from xueji_lib.judge.local_tables import Tables
from xueji_lib.local_rules import Local, LocalRuleError
from xueji_lib.register import schema
from xueji_lib.register.identity import mask_sentence
from xueji_lib.register.vocabulary import CoverageStatus
from xueji_lib.rules.inquiry import Inquiry, NotApplicable
from xueji_lib.rules.marking import Implementation
from xueji_lib.rules.verdict import Verdict
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
    implementations = {rule_id: implementation(rule, _in_file(rule)) for rule_id, rule in rules.items()}
    return Loaded(rules, implementations, named_columns("\n".join(texts)))


def named_columns(text: str) -> tuple[str, ...]:
    """The register's columns that stand somewhere in a program: no others need to be read for it."""
    words = set(re.findall(r"\w+", text))
    return tuple(column.id for column in schema.REGISTER if column.id in words)


def implementation(local: Local, function: Function) -> Implementation:
    """A local rule as the engine takes it."""

    def lacks(inquiry: Inquiry) -> Flags:
        return ~inquiry.county.schools_with(local.table)

    code = f"<{local.file.name}>" if local.file.name else function.__code__.co_filename

    def judge(inquiry: Inquiry) -> Verdict:
        if local.error:
            raise LocalRuleError(local.error)
        with _guarded(local, code):
            return _verdict(inquiry, local, function(Tables(inquiry.county)))

    gaps = lacks if local.table in _EVERY_SCHOOL else None
    return Implementation(id=local.entry.id, judge=judge, across=local.across, lacks=gaps)


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
    message = mask_sentence(str(error)) if isinstance(error, XuejiError) else harmless(str(error))
    return f"{line}出错（{type(error).__name__}{f'：{message[:200]}' if message else ''}）"


def _in_file(local: Local) -> Function:
    """The function of a file, run when it is asked for. A name in <> keeps source lines out of tracebacks."""

    def run(t: Tables) -> Any:
        scope: dict[str, Any] = {"__name__": f"rules_local.{local.file.stem}", "__file__": str(local.file)}
        code = compile(local.file.read_text("utf-8-sig"), f"<{local.file.name}>", "exec")
        exec(code, scope)  # the county's own program, put there by hand or by the laboratory
        return scope[local.function](t)

    return run


# ---- an answer becomes a verdict ----


def _verdict(inquiry: Inquiry, local: Local, answer: object) -> Verdict:
    rows, table, scope = inquiry[local.table], local.table, local.entry.scope
    returned = _checked(answer, table, len(rows))
    hits: RowIndexes = returned[f"{table}_row"].to_numpy(dtype=np.int64)
    rest = np.setdiff1d(np.arange(len(rows)), hits)
    at = np.concatenate([hits, rest])
    hit = np.arange(len(at)) < len(hits)
    doubt = np.zeros(len(at), dtype=bool)
    if CoverageStatus.UNDECIDED in returned:
        doubt[: len(hits)] = returned[CoverageStatus.UNDECIDED].astype("boolean").fillna(True).to_numpy(dtype=bool)
    for column in local.uses:
        doubt |= rows[column].unknown[at]
    subject: dict[str, Any] = {}
    if scope == "class":
        grade, class_no = rows["grade"].values[at], rows["class_no"].values[at]
        key = class_key(rows.school[at], grade, class_no)
        doubt |= hit & (key == 0)  # no class to name: a question, not a finding
        subject = {"person": key, "grade": grade, "class_no": class_no}
    elif scope == "school":
        subject = {"person": rows.school[at]}
    texts = _evidence(local, returned)

    def evidence(chosen: RowIndexes) -> list[str]:
        return evidence_texts(rows, at[chosen], returned.iloc[chosen], texts[chosen].tolist())

    return inquiry.judge(truth(hit, doubt), evidence, who=rows, at=at, **subject)


def _checked(answer: object, table: str, size: int) -> pd.DataFrame:
    """The rows that a rule returned. Raises LocalRuleError (Chinese: what it is, what to do)."""
    if not isinstance(answer, pd.DataFrame):
        raise LocalRuleError(f"应返回 t.{table} 中有问题的行（DataFrame），现在返回的是 {type(answer).__name__}")
    name = f"{table}_row"
    if name not in answer:
        raise LocalRuleError(f"返回的表里没有 {name} 这一列：请从 t.{table} 筛选，并留着这一列，凭它找回原来的记录")
    row_indexes = pd.to_numeric(answer[name], errors="coerce")
    if row_indexes.isna().any() or not row_indexes.between(0, size - 1).all() or (row_indexes % 1 != 0).any():
        raise LocalRuleError(f"返回的 {name} 里有空的或对不上的行号：请只返回 t.{table} 里的行，不要改这一列")
    return pd.DataFrame(answer.reset_index(drop=True)).assign(**{name: row_indexes.to_numpy(dtype=np.int64)})


def _evidence(local: Local, returned: pd.DataFrame) -> npt.NDArray[np.object_]:
    usual = local.entry.when or local.entry.title.removesuffix(local_rules.MARK)
    if "证据" not in returned:
        return np.full(len(returned), usual, dtype=object)
    texts = returned["证据"].astype(object)
    return np.array([str(v) if not pd.isna(v) and str(v).strip() else usual for v in texts], dtype=object)
