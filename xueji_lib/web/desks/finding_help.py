"""What helps to judge an opened finding: what is checked, the notice's own words, why it may be a lead, what is easily
mistaken for it, the records that it rests on, and what else was found of the same pupil."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from xueji_lib import local_rules
from xueji_lib.casebook.cases import Case
from xueji_lib.register.inspection import Inspection
from xueji_lib.register.policy import Policy
from xueji_lib.register.vocabulary import Nature
from xueji_lib.reports.manual.page import NATURES, Quote, page
from xueji_lib.reports.manual.texts import Manual
from xueji_lib.views.source_rows import source_rows
from xueji_lib.web.panels.table_panel import Block
from xueji_lib.web.shared.school_desk import SchoolDesk

_ON_SITE: Final = "S"


def manual_texts(desk: SchoolDesk, finding: Mapping[str, str]) -> list[tuple[str, str]]:
    """Of the manual of checks what concerns the finding, (label, text): 查的是, 通知原话, 为什么是线索."""
    edition = Inspection(desk.term, desk.today).settled().edition
    entry = local_rules.catalogue(edition).entries.get(finding["rule_id"])
    if entry is None:
        return []
    manual = page(entry, Policy.load(edition), Manual.load())
    sections = {section.title: section.blocks for section in manual.sections}
    asks = next((block for block in sections["查什么"] if isinstance(block, str)), "")
    quotes = [f"{block.source}：“{block.words}”" for block in sections.get("依据", ()) if isinstance(block, Quote)]
    lead = NATURES[Nature.LEAD] if finding["nature"] == Nature.LEAD else ""
    why = finding.get("nature_reason", "")
    return [("查的是", asks), ("通知原话", "\n".join(quotes)), ("只是线索", f"{why}。{lead}" if why and lead else lead)]


def records_block(desk: SchoolDesk, finding: Mapping[str, str]) -> list[Block]:
    """The school's records that the finding names, masked: ``{kind: records, label, items: [{table, where, cells:
    [[header, text]]}]}``; nothing where none is found again."""
    columns = Manual.load().columns(finding["rule_id"])
    rows = source_rows(desk.store, desk.term, desk.school_id, columns, finding["sources"])
    items = [{"table": row.table, "where": row.where, "cells": list(map(list, row.cells.items()))} for row in rows]
    return [{"kind": "records", "label": "原来的记录", "items": items}] if items else []


def same_pupil_block(desk: SchoolDesk, case: Case) -> list[Block]:
    """The school's other findings of the same pupil: ``{kind: rows, label, items: [{id, text, state}]}``."""
    pupil = pupil_of(case)
    others = [other for other in desk.cases().values() if pupil and pupil_of(other) == pupil and other.id != case.id]
    items = [{"id": other.id, "text": other.finding["title"], "state": str(other.state)} for other in others]
    return [{"kind": "rows", "label": "这名学生的其他疑点", "items": items}] if items else []


def pupil_of(case: Case) -> tuple[str, ...]:
    """What findings of one pupil of a school have in common; empty for a finding of no pupil."""
    finding = case.finding
    if not finding["student"]:
        return ()
    place = () if finding["student_ref"] else (finding["grade"], finding["class"])
    return finding["student"], finding["student_ref"], *place


def findings_by_pupil(cases: Iterable[Case]) -> Counter[tuple[str, ...]]:
    """How many findings there are of each pupil."""
    return Counter(pupil for pupil in map(pupil_of, cases) if pupil)
