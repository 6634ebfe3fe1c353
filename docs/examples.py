"""The manual's examples, taken from the proof tables (tests/rules): data/catalogue/examples/v<N>.json.

Of each rule: a typical hit, the boundary from both sides, a near miss, and a case that stays undecided; and the rows
of every table that speak of the same student, class or school. Only the columns that matter; numbers masked.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from itertools import takewhile
from typing import Any

from docs.proof_records import Record, records_of
from tests.rules.proofs import HERE, HIT, MISS, OPEN, OURS, cases, rule_of
from xueji_lib.register.catalogue import Catalogue, Entry
from xueji_lib.register.identity import mask_id, mask_phone, mask_sentence
from xueji_lib.register.policy import Policy
from xueji_lib.register.schema import Kind, Table
from xueji_lib.reports.manual.texts import Manual, figures

MOST_ROWS = 6  # of one table and one example; the rest is counted
WHOLE_CLASS = 10  # so many rows of one class or grade are counted, not shown


def all_examples(catalogue: Catalogue, policy: Policy, manual: Manual) -> dict[int, dict[str, Any]]:
    """By violation, by rule id: what ``Manual.examples`` holds."""
    found: dict[int, dict[str, Any]] = {}
    for entry in catalogue.entries.values():
        made = _of_rule(entry, manual.columns(entry.id))
        if made:
            used = {name: value for name, value, _ in figures(entry, policy, manual)}
            found.setdefault(entry.violation, {})[entry.id] = {"figures": used, **made}
    return found


def _of_rule(entry: Entry, columns: dict[str, list[str]]) -> dict[str, Any]:
    records = [record for case in cases() if rule_of(case) == entry.id for record in records_of(case)]
    chosen = _choose(records)
    shown: dict[str, list[tuple[Record, list[int]]]] = {}
    notes: dict[str, list[int]] = {}
    for n, example in enumerate(chosen, 1):
        for record in [example, *_related(entry, example, [r for r in records if r.case == example.case], notes, n)]:
            rows = shown.setdefault(record.table_id, [])
            twin = next((of for other, of in rows if other is record), None)
            if twin is None:
                rows.append((record, [chosen.index(record) + 1 if record in chosen else n]))
            elif n not in twin and record not in chosen:  # an example's row bears its own number alone
                twin.append(n)
    tables = []
    for name, rows in shown.items():
        wanted = columns.get(name) or columns.get(name.removeprefix("previous_"), [])
        if name != "schools" or (set(wanted) - {"学校名称"}) & set(rows[0][0].cells):
            tables.append(_table(entry, name, rows, wanted))
    in_tables = {n for table in tables for row in table["rows"] for n in row["of"]}
    made = [_example(n, record, n in in_tables) for n, record in enumerate(chosen, 1)]
    left = [f"例 {'、'.join(map(str, of))}：{text}，这里不一一列出。" for text, of in notes.items()]
    return {"examples": made, "tables": tables, "notes": left} if made else {}


def _choose(records: list[Record]) -> list[Record]:
    """At most five, in this order: hit, boundary hit, boundary miss, miss, undecided."""
    chosen: list[Record] = []

    def pick(expected: str, boundary: bool | None) -> None:
        fitting = [r for r in records if r.expected == expected and boundary in (None, r.boundary)]
        fresh = [r for r in fitting if not any(_same(r, other) for other in chosen)]
        spoken = [r for r in fresh if r.why and not r.why.startswith("同上")]
        if fresh:
            # A row whose evidence is spelt out, and from the rule's plain folder, is the more typical.
            order = spoken or fresh
            chosen.append(
                min(order, key=lambda r: ("." in r.case, r.before, not r.cells.get("证据含"), order.index(r)))
            )

    pick(HIT, None)
    if not any(r.boundary for r in chosen):
        pick(HIT, True)
    pick(MISS, True)
    pick(MISS, False)
    if not any(r.expected == MISS for r in chosen):
        pick(MISS, None)
    pick(OPEN, None)
    return chosen


def _same(a: Record, b: Record) -> bool:
    return a is b or (a.case == b.case and bool(a.numbers() & b.numbers()))


def _related(entry: Entry, example: Record, records: list[Record], notes: dict[str, list[int]], n: int) -> list[Record]:
    """The rows of the same case that speak of the example's student, class or school."""
    found = []
    follows = _companions(records, example)
    for table_id in dict.fromkeys(r.table_id for r in records):
        rows = [r for r in records if r.table_id == table_id and r is not example]
        if table_id == "schools" and "schools" not in entry.needs:
            continue
        if len(entry.needs) > 1:  # where a table is not compared with itself, a row with another answer only confuses
            rows = [r for r in rows if r.expected in ("", example.expected)]
        near = [r for r in rows if r in follows or _concerns(entry, example, r)]
        if table_id == "register" and table_id != example.table_id and not near:
            near = _classmates(entry, example, rows)
        if len(near) >= WHOLE_CLASS:
            everyone = [*near, *([example] if example.table_id == table_id else [])]
            notes.setdefault(f"{near[0].table.header}里 {_room(near)} {_heads(everyone)}", []).append(n)
            continue
        if len(near) > MOST_ROWS:
            notes.setdefault(f"{near[0].table.header}里还有 {len(near) - MOST_ROWS} 行", []).append(n)
        found += near[:MOST_ROWS]
    return found


def _companions(records: list[Record], example: Record) -> list[Record]:
    """The rows that stand right after the example, for its sake: of the same school, expecting nothing themselves."""
    after = records[records.index(example) + 1 :]
    return list(takewhile(lambda r: r.file == example.file and not r.expected and r.school == example.school, after))


def _concerns(entry: Entry, example: Record, row: Record) -> bool:
    if entry.of_county and not row.table.per_student:
        return False
    if entry.scope == "student" and row.table.per_student:
        if example.numbers() & row.numbers():
            return True
        said = example.why + (example.cells.get("证据含") or "")
        return len(row.name) > 1 and (row.name == example.name or row.name in said)
    if row.school != example.school:
        return False
    if entry.scope == "school":
        grade = example.cells.get("主体") or ""
        if grade.isascii() and grade.isdigit() and "年级" in row.cells and row.table is not example.table:
            return row.cells["年级"] == grade
        return row.table is not example.table or _subject(row) == _subject(example)
    shared = [c for c in ("年级", "班号") if c in row.cells and example.cells.get(c)]
    return row.place(*shared) == example.place(*shared)


def _subject(row: Record) -> str:
    """What tells subjects of one school apart: the phone for R208; elsewhere one row is one subject."""
    return row.cells.get("成员1联系电话") or row.cells.get("主体") or row.cells.get("学期") or str(id(row))


def _classmates(entry: Entry, example: Record, rows: list[Record]) -> list[Record]:
    if entry.scope != "student" or not re.search("年级|同班", entry.when + example.why):
        return []
    if example.table.id == "headcount" and "同班" not in entry.when:
        return []
    grade = example.cells.get("复学年级") or example.cells.get("年级") or ""
    room = example.cells.get("复学班号") or example.cells.get("班号") or ""
    return [
        r
        for r in rows
        if r.school == example.school and r.cells.get("年级") == grade and (not room or r.cells.get("班号") == room)
    ]


def _room(rows: list[Record]) -> str:
    grades, rooms = ({r.cells.get(c) or "" for r in rows} for c in ("年级", "班号"))
    text = rows[0].school
    if len(grades) == 1:
        text += f" {grades.pop()} 年级"
        text += f" {rooms.pop()} 班" if len(rooms) == 1 and "" not in rooms else ""
    return text


def _heads(rows: list[Record]) -> str:
    enrolled = sum(r.cells.get("学生状态", "") in ("", "在读") for r in rows)
    return f"在读 {enrolled} 人" + (f"、其他状态 {len(rows) - enrolled} 人" if enrolled < len(rows) else "")


def _example(n: int, record: Record, shown: bool) -> dict[str, Any]:
    """``shown``: some table has a row of it; else the missing row is the point."""
    file = HERE / record.case / "案例.toml"
    case = tomllib.loads(file.read_text("utf-8")) if file.is_file() else {}
    return {
        "n": n,
        "expected": record.expected,
        "boundary": record.boundary,
        "why": mask_sentence(record.why) + ("" if shown else f"（{record.school}，表里没有它的行）"),
        "evidence": [mask_sentence(part) for part in (record.cells.get("证据含") or "").split("；") if part],
        "as_of": str(case.get("as_of", "2026-11-20")),
        "term": case.get("term", "2026-2027-1"),
    }


def _table(entry: Entry, table_id: str, rows: list[tuple[Record, list[int]]], columns: list[str]) -> dict[str, Any]:
    table = rows[0][0].table
    headers = set().union(*(record.cells for record, _ in rows)) - set(OURS)
    who = ["学校名称", "被投诉学校名称", "姓名"]
    who += ["年级", "班号"] if entry.scope == "class" else []
    wanted = [*(c for c in who if c in headers and c not in columns), *(c for c in columns if c in headers)]
    return {
        "table": table_id,
        "columns": wanted,
        "rows": [{"of": of, "cells": _cells(table, record, wanted)} for record, of in rows],
    }


def _cells(table: Table, record: Record, columns: Iterable[str]) -> list[str | None]:
    """None: the file has no such column."""
    return [_masked(table, c, record.cells[c]) if c in record.cells else None for c in columns]


def _masked(table: Table, header: str, value: str) -> str:
    kind = next((column.kind for column in table if column.header == header), Kind.TEXT)
    plain = unicodedata.normalize("NFKC", value)
    if kind in (Kind.ID, Kind.REGISTER_NO) and len(plain) > 6 and "+" not in plain:
        return mask_id(value.strip())
    if kind is Kind.PHONE and len(plain) > 6:
        return mask_phone("".join(plain.split()))
    return mask_sentence(value)
