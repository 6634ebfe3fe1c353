"""The rule laboratory: look at the tables, try a local rule on the county, keep it or drop it.

What ``notebooks/rule_lab.ipynb`` calls. A rule that is tried is judged by the engine exactly as a kept one is;
everything that is shown is masked.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from xueji_lib import local_rules
from xueji_lib.county import County
from xueji_lib.judge import engine, local_judge, shelf
from xueji_lib.judge.local_tables import Tables
from xueji_lib.judge.part import PartOfCounty
from xueji_lib.lab import pieces, source, standalone
from xueji_lib.lab.pieces import MaskedFrame
from xueji_lib.lab.trial import Trial, overlap
from xueji_lib.local_rules import Local, local_rule
from xueji_lib.notebook import audit
from xueji_lib.register import labels
from xueji_lib.register.calendar import Calendar
from xueji_lib.register.catalogue import VIOLATIONS_SHORT, Catalogue
from xueji_lib.register.inspection import Inspection
from xueji_lib.register.schema import REGISTER, Kind
from xueji_lib.reports.pages.piece import HtmlPiece
from xueji_lib.rules.evidence_text import show
from xueji_lib.store import Store
from xueji_lib.support.errors import UsageError
from xueji_lib.support.files import put_file
from xueji_lib.support.os_reasons import reason_of

__all__ = ["Lab", "Trial", "local_rule"]

Rule = Callable[..., Any]
TRIED_ALONE: Final = 12
"""Schools that are judged alone where a rule says what it looks at in others."""


class Lab:
    """One county in one term, open to try rules on. Build it with ``Lab.open``."""

    def __init__(self, store: Store, county: County, edition: str) -> None:
        self.store = store
        self.county = county
        self.edition = edition

    @classmethod
    def open(cls, store: object = "", term: object = "", as_of: object = "") -> Lab:
        """Blank parameters get the values of the audit notebook: XUEJI_STORE, the newest term, today.

        Raises UsageError or StoreError (Chinese) as ``audit.parameters`` does.
        """
        request = audit.parameters("", term, as_of, store)
        calendar = Calendar.load()
        inspection = request.inspection.settled(calendar)
        columns = [column.id for column in REGISTER]
        county = County.load(request.workplace.store, inspection.yardstick(calendar), columns)
        return cls(request.workplace.store, county, inspection.edition)

    # ---- looking ----

    @property
    def t(self) -> Tables:
        """A new copy of the tables that a rule is called with (``t``); its frames show themselves masked."""
        return Tables(self.county, MaskedFrame)

    def tables(self) -> HtmlPiece:
        """Show the tables: how many rows each has, of how many schools."""
        rows = []
        for name in local_rules.READ:
            table_rows = self.county[name]
            schools = int(self.county.schools_with(name)[: self.county.n_schools].sum()) if name != "residents" else ""
            title = "上学期学籍名册" if name == "previous_register" else table_rows.table.header
            size = len(table_rows) if self.county.has(name) else "没有"
            rows.append([f"t.{name}", title, size, schools, len(table_rows.table.columns)])
        return pieces.piece(pieces.table(["代码里", "表", "行", "有这张表的学校", "列"], rows))

    def columns(self, table: str) -> HtmlPiece:
        """Show a table's columns: Chinese header, how many cells are known, blank, unknown, the four commonest codes.

        Raises UsageError for an unknown table.
        """
        rows, listed = self._rows(table), []
        for column in rows.table:
            if not rows.has(column.id):
                continue
            cells = rows[column.id]
            common = ""
            if column.kind is Kind.CODE and len(cells):
                top = pd.Series(cells.strings).value_counts().head(4)
                common = "、".join(f"{value} {n}" for value, n in top.items())
            figures = [int(np.sum(flags)) for flags in (cells.known, cells.blank, cells.unknown)]
            listed.append([column.id, column.header, *figures, common or ("遮盖" if column.private else "")])
        return pieces.piece(pieces.table(["代码里", "列", "有值", "空白", "未知", "常见的值"], listed))

    def show(self, table: str, rows: int = 5) -> HtmlPiece:
        """Show the first rows of a table, with blank and unknown cells told apart. Raises UsageError."""
        source = self._rows(table)
        row_indexes = np.arange(min(rows, len(source)))
        columns = [c for c in source.table if source.has(c.id) and source[c.id].known.any()]
        cells = [show(source, column.id, row_indexes) for column in columns]
        cells_table = pieces.table([column.header for column in columns], zip(*cells, strict=True))
        note = f"{source.table.header}共 {len(source)} 行；整列没有值的没有列出。"
        return pieces.piece(cells_table, pieces.words(note, "faint"))

    def _rows(self, table: str) -> Any:
        if table not in local_rules.READ:
            raise UsageError(f"没有 {table} 这张表。可用的：{'、'.join(local_rules.READ)}")
        return self.county[table]

    # ---- trying ----

    def try_rule(self, rule: Rule) -> Trial:
        """Judge the county by this rule alone and compare its findings with those of the other checks.

        Raises UsageError where the function is not marked with ``@local_rule``.
        """
        local = _local(rule)
        entry = local.entry
        catalogue = Catalogue(self.edition, {entry.id: entry}, ())
        implementation = {entry.id: local_judge.implementation(local, rule)}
        check = engine.judge(self.county, catalogue, self.store.root / "logs", implementation)
        check = engine.checked_alone(check, self._part(), catalogue, implementation, TRIED_ALONE)
        answer = shelf.obtain(self.store, Inspection(self.county.term.id, self.county.as_of, self.edition))
        return Trial(local, check, *overlap(check.findings, local, answer))

    def _part(self) -> PartOfCounty:
        return PartOfCounty(self.store, self.county.yardstick, [column.id for column in REGISTER])

    # ---- keeping ----

    def keep(self, rule: Rule, *, replace: bool = False, confirm: bool = True) -> HtmlPiece:
        """Write the rule to data/rules_local, after a run of its file alone gave the same findings. ``replace``: in
        the place of an earlier rule of its number. ``confirm=False`` only says what would be done.

        Raises UsageError (Chinese) where it fails, needs something of the notebook, gives something else in a fresh
        process, or its number is taken.
        """
        local = _local(rule)
        name = f"{local.entry.id}.py"
        if not confirm:
            note = f"没有存。要存成 data/rules_local/{name}，把开头的 keep 改成 True。"
            return pieces.piece(pieces.words(note, "note"))
        _free(local, replace)
        trial = self.try_rule(rule)
        if trial.error:
            raise UsageError(f"没有存：{trial.error}")
        head = f"# 自定义检查 {local.entry.id}，规则实验室存的。怎样改、怎样停用，见 README.md。"
        program = source.program(rule, head)
        standalone.verify(name, program, trial.check, self.store.root)
        put_file(local_rules.folder() / name, program)
        return pieces.piece(pieces.words(f"已存为 data/rules_local/{name}。下次核查起，全县都查这一条。", "note"))

    def rules(self) -> HtmlPiece:
        """Show the local rules that are in use."""
        in_use = local_rules.read()
        if not in_use:
            return pieces.piece(pieces.words("还没有自定义检查。"))
        rows = [
            [i, r.entry.title, VIOLATIONS_SHORT[r.entry.violation], r.entry.severity, r.file.name, r.error or "在用"]
            for i, r in in_use.items()
        ]
        return pieces.piece(pieces.table(["编号", "内容", "违规情形", "程度", "文件", "状况"], rows))

    def drop(self, rule_id: str) -> HtmlPiece:
        """Take a rule out of use; its file stays as L001.py.dropped.

        Raises UsageError where there is none, or its file holds other rules too.
        """
        rules = [rule for file in local_rules.files() for rule in local_rules.read_file(file)]
        matching = [rule for rule in rules if rule.entry.id == rule_id]
        if not matching:
            ids = "、".join(sorted({rule.entry.id for rule in rules}))
            raise UsageError(f"没有自定义检查 {rule_id}。现有：{ids or '（没有）'}")
        file = matching[0].file
        if len(matching) > 1 or sum(rule.file == file for rule in rules) > 1:
            locations = "、".join(rule.place for rule in matching)
            raise UsageError(f"{rule_id} 在 data/rules_local 的 {locations}，那里不止这一条。请打开文件，自己删去它")
        _rename(file, file.with_name(f"{file.name}.dropped"))
        note = f"{rule_id} 已停用，原文留在 data/rules_local/{file.name}.dropped。下次核查起不再查它。"
        return pieces.piece(pieces.words(note, "note"))

    def _repr_html_(self) -> str:
        return self._summary().html

    def __repr__(self) -> str:
        return self._summary().text

    def _summary(self) -> HtmlPiece:
        county = self.county
        where = f"{labels.term(county.term.id)}，检查基准日 {county.as_of}，检查目录 {self.edition} 版"
        counts = f"{county.n_schools} 所学校，名册 {len(county['register'])} 人"
        return pieces.piece(pieces.words(f"{where}；{counts}。", "note"))


def _local(rule: Rule) -> Local:
    local = getattr(rule, "local", None)
    if not isinstance(local, Local):
        raise UsageError('这个函数还不是检查：在 def 上面加一行 @local_rule("L001", title="…")')
    return local


def _free(local: Local, replace: bool) -> None:
    """Raises UsageError where the rule's number or file is taken."""
    holder = local_rules.read().get(local.entry.id)
    file = local_rules.folder() / f"{local.entry.id}.py"
    if holder is not None and holder.file.name != file.name:
        where = f"data/rules_local/{holder.place}"
        raise UsageError(f"编号 {local.entry.id} 已在 {where}用了（要存的是 {file.name}），请换一个")
    if file.exists() and len(rules := local_rules.read_file(file)) > 1:
        listed = "、".join(f"{rule.entry.id}（第 {rule.line} 行）" for rule in rules)
        raise UsageError(f"data/rules_local/{file.name} 里不止一条检查：{listed}，不能替换。请换一个编号")
    if file.exists() and not replace:
        raise UsageError(f"已有自定义检查 {local.entry.id}。要换掉它，写 lab.keep(…, replace=True)；不换就改个编号")


def _rename(file: Path, target: Path) -> None:
    try:
        file.replace(target)
    except OSError as error:
        raise UsageError(f"动不了 {file}：{reason_of(error)}") from None
