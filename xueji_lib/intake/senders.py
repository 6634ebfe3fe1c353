"""Which school a row, a file, a problem belongs to: so that each school is told of its own files alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from xueji_lib.intake.columns import Ints
from xueji_lib.intake.inbox import masked_name
from xueji_lib.intake.raw_sheet import RawSheet
from xueji_lib.intake.reading import ReadFile
from xueji_lib.intake.refuse import owners
from xueji_lib.intake.report import Report, Sent
from xueji_lib.intake.work import Setting, Work
from xueji_lib.register import schema

_COUNTYS = frozenset({"schools", "complaints"})
"""Tables that no school sends."""


def of_rows(work: Work, school: Ints) -> None:
    """Say of every trouble with a row, or with a sheet of one school, whose it is. ``school``: a place in the directory
    a row."""
    ids, stack = work.setting.directory.ids, work.stack
    owners_by_row: dict[int, dict[int, int]] = {}
    sole: dict[int, int] = {}
    for trouble in work.troubles:
        n = trouble.sheet
        if n not in owners_by_row:
            sheet_rows = slice(int(stack.starts[n]), int(stack.starts[n + 1]))
            row_owners = school[sheet_rows].tolist()
            owners_by_row[n] = dict(zip(stack.row[sheet_rows].tolist(), row_owners, strict=True))
            named = {owner for owner in row_owners if owner >= 0}
            sole[n] = named.pop() if len(named) == 1 else -1
        place = owners_by_row[n].get(trouble.problem.row, sole[n])
        if place >= 0:
            trouble.problem.school_id = ids[place]


def of_sheet(sheet: RawSheet, setting: Setting) -> frozenset[str]:
    """The schools of a sheet's rows, whether they are taken or not; empty for a table of the county, or nobody."""
    if not sheet.table or not len(sheet.rows):
        return frozenset()
    places = set(owners(Work.of(schema.TABLES[sheet.table], [sheet], setting)).tolist())
    return frozenset(setting.directory.ids[place] for place in places if place >= 0)


def of_files(report: Report, files: Sequence[ReadFile], setting: Setting) -> None:
    """The same for troubles with a whole file or sheet: by whose rows it brought or holds, else by its name and
    folder."""
    brought: dict[str, set[str]] = {}
    for part in report.sent:
        brought.setdefault(part.file, set()).add(part.school_id)
    by_name = {read_file.file.shown: read_file for read_file in files}
    known: dict[tuple[str, str], str] = {}

    def owner(file: str, sheet: str) -> str:
        read_file = by_name.get(file)
        theirs: set[str] | frozenset[str] = brought.get(file, set())
        if not theirs and read_file is not None:
            sheets = [raw for raw in read_file.read.sheets if sheet in ("", masked_name(raw.sheet))]
            theirs = frozenset[str]().union(*(of_sheet(raw, setting) for raw in sheets))
        if theirs:
            return next(iter(theirs)) if len(theirs) == 1 else ""
        path = read_file.file.relative if read_file is not None else file
        place = setting.directory.of_file(path, sheet, ())
        return setting.directory.ids[place] if place >= 0 else ""

    for problem in report.problems:
        if not problem.school_id:
            key = (problem.file, problem.sheet)
            if key not in known:
                known[key] = owner(*key)
            problem.school_id = known[key]


def sent(frames: Mapping[str, pd.DataFrame]) -> Sequence[Sent]:
    """What each sheet brought of each school, of tables at rest as they came."""
    result: list[Sent] = []
    for table, frame in frames.items():
        if "school_id" not in frame or table in _COUNTYS or not len(frame):
            continue
        sizes = frame.groupby(["school_id", "_file", "_sheet"], observed=True, sort=True).size()
        keys: list[tuple[str, str, str]] = sizes.index.to_list()
        result += [
            Sent(str(school), table, str(file), str(sheet), int(n))
            for (school, file, sheet), n in zip(keys, sizes.tolist(), strict=True)
        ]
    return result
