"""From the raw sheets of one table to the frame that is stored, with every fault named.

Frame: docs/architecture.md, "A table at rest". What bad input gets: data contract, section 2.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from xueji_lib.intake import changed, grades, senders, stray_numbers, values
from xueji_lib.intake.columns import Encoded, Flags, Ints
from xueji_lib.intake.raw_sheet import RawSheet
from xueji_lib.intake.refuse import owners, refuse
from xueji_lib.intake.schools import school_id
from xueji_lib.intake.work import ACCEPTED, Setting, Trouble, Work
from xueji_lib.register import identity, unknown_cells
from xueji_lib.register.schema import Column, Kind, Table
from xueji_lib.register.unknown_cells import UNKNOWN
from xueji_lib.register.vocabulary import StudentStatus
from xueji_lib.store.at_rest import DEFAULTS, arrow_schema, to_frame

_BLANK_MEANS = {"has": "无", "has_or_na": "无", "complete": "不齐"}
"""Material columns by code set: nothing written means it is not there."""
_DOUBTFUL = "在名单末尾，没有号码，也没有出生日期，看不出是不是学生，已照收。请核对：是学生的请补全，不是的请删去"


@dataclass(frozen=True, slots=True)
class Built:
    """One table of an intake. Per sheet: rows accepted, rows rejected by code, required headers that are missing.

    ``rejected``: (table, school_id, code, rows). ``sheet_of_row``: per row of the frame its sheet's number.
    """

    frame: pd.DataFrame
    accepted: list[int]
    refused: list[dict[str, int]]
    missing: list[list[str]]
    troubles: list[Trouble]
    rejected: list[tuple[str, str, str, int]]
    sheet_of_row: Ints


def build(table: Table, sheets: Sequence[RawSheet], setting: Setting) -> Built:
    """Put the sheets together, refuse what cannot be taken, parse the rest."""
    work = Work.of(table, sheets, setting)
    school = owners(work)
    refuse(work, school)
    _ask_about_doubtful(work)
    keep = np.flatnonzero(work.fate == ACCEPTED)
    filled = _Filled(work, school, keep)
    filled.fill()
    filled.name_missing_columns()
    senders.of_rows(work, school)
    accepted, refused = [], []
    for start, stop in zip(work.stack.starts, work.stack.starts[1:], strict=False):
        fate = work.fate[start:stop]
        accepted.append(int((fate == ACCEPTED).sum()))
        refused.append({f"D{f:02d}": int((fate == f).sum()) for f in np.unique(fate) if f})
    frame, of_sheet = filled.frame(), work.stack.sheet[keep]
    return Built(frame, accepted, refused, work.missing, work.troubles, _rejected(work, school), of_sheet)


def _ask_about_doubtful(work: Work) -> None:
    """Rows below the list that say a name and no more of a person are taken in, and somebody has to look."""
    starts = work.stack.starts
    places = [int(starts[n]) + place for n, raw in enumerate(work.sheets) for place in raw.doubtful]
    rows = np.array([place for place in places if work.fate[place] == ACCEPTED], dtype=np.int64)
    if len(rows):
        work.add_rows(rows, "name", "D06", _DOUBTFUL, work.stack["name"])


def _rejected(work: Work, school: Ints) -> list[tuple[str, str, str, int]]:
    """Refused rows by school; rows of no known school are in the report only."""
    ids = work.setting.directory.ids
    counts: Counter[tuple[str, str]] = Counter()
    for row_index in np.flatnonzero(work.fate != ACCEPTED):
        if work.table.per_county:
            counts["", f"D{work.fate[row_index]:02d}"] += 1
        elif school[row_index] >= 0 and work.table.id != "schools":
            counts[ids[school[row_index]], f"D{work.fate[row_index]:02d}"] += 1
    return [(work.table.id, owner, code, n) for (owner, code), n in sorted(counts.items())]


class _Filled:
    """The kept rows, column by column: ``arrays`` hold the values, ``unknown`` the unknown cells."""

    def __init__(self, work: Work, school: Ints, keep: Ints) -> None:
        self.work = work
        self.school = school
        self.keep = keep
        self.arrays: dict[str, pa.Array] = {}
        self.unknown: dict[str, Flags] = {}

    def fill(self) -> None:
        names = {c.id for c in self.work.table}
        for grade, class_no in grades.PAIRS:
            if grade in names:
                for placed in grades.place(self.work, grade, class_no, self.school, self.keep):
                    self.arrays[placed.column], self.unknown[placed.column] = placed.array, placed.unknown
        for column in self.work.table:
            if column.kind is Kind.SCHOOL:
                self._school(column)
            elif column.kind not in (Kind.GRADE, Kind.CLASS):
                self._column(column)

    def _column(self, column: Column) -> None:
        work, keep = self.work, self.keep
        fault: npt.NDArray[np.int8] | None
        if not work.has(column.id):
            self.arrays[column.id] = pa.nulls(len(keep), arrow_schema(work.table).field(column.id).type)
            self.unknown[column.id] = np.ones(len(keep), dtype=bool)
        else:
            encoded = work.stack[column.id]
            if work.table.id == "changes" and column.id in ("before", "after"):
                array, fault = changed.cells(work, encoded)
            else:
                parsed = work.parsed(column)
                array, fault = encoded.take(parsed.values), encoded.spread_faults(parsed.fault)
                self._parsed_number(column.id, encoded, parsed)
            self.arrays[column.id] = array if len(keep) == len(work.stack) else array.take(pa.array(keep))
            self.unknown[column.id] = encoded.missing[keep]
            if fault is not None:
                self.unknown[column.id] |= fault[keep] > 0
                self._report(column.id, fault, encoded)
            stray_numbers.report(work, column, encoded, keep if fault is None else keep[fault[keep] == 0])
        self._fixed_blank(column)

    def _report(self, column: str, fault: npt.NDArray[np.int8], encoded: Encoded) -> None:
        faults = fault[self.keep]
        for kind in np.unique(faults):
            # 附件1 as the kit prints it masks its numbers: there the name says who it is.
            if kind and not (kind == values.MASKED and self.work.table.id == "annex1"):
                code, message = values.FAULTS[int(kind)]
                self.work.add_rows(self.keep[faults == kind], column, code, message, encoded)

    def _fixed_blank(self, column: Column) -> None:
        """Blanks that have a meaning of their own (docs/architecture.md)."""
        meaning = _BLANK_MEANS.get(column.codes or "")
        if (self.work.table.id, column.id) == ("register", "status"):
            # The one column whose absence has a meaning too.
            meaning = StudentStatus.ENROLLED
            self.unknown[column.id] &= self.work.stack.present("status")[self.keep]
        elif (self.work.table.id, column.id) == ("dropouts", "outcome"):
            meaning = "未复学"
        if meaning:
            array = self.arrays[column.id].cast(pa.large_string())
            empty = array.is_null().to_numpy(zero_copy_only=False).astype(bool) & ~self.unknown[column.id]
            self.arrays[column.id] = pc.if_else(pa.array(empty), meaning, array)

    def _school(self, column: Column) -> None:
        work, chosen = self.work, self.school[self.keep]
        if work.table.id == "schools":
            school_ids = work.stack[column.id]
            ids = pa.array([school_id(str(t)) for t in school_ids.distinct.to_pylist()], pa.large_string())
            self.arrays[column.id] = school_ids.take(ids).take(pa.array(self.keep))
        else:
            ids = pa.array(work.setting.directory.ids, pa.large_string())
            self.arrays[column.id] = ids.take(pa.array(chosen, mask=chosen < 0))
            self.unknown[column.id] = (chosen < 0) & ~work.stack.present(column.id)[self.keep]

    def _parsed_number(self, column: str, encoded: Encoded, parsed: values.Parsed) -> None:
        keep = self.keep
        if column == "register_no":
            keys = identity.keys(parsed.values)
            self.arrays["register_key"] = pa.array(encoded.spread(keys, 0)[keep].astype(np.int64))
        elif column == "id_number":
            ids = identity.parse_ids(parsed.values)
            born = encoded.spread(ids.birth, np.datetime64("NaT"))[keep].astype("datetime64[s]")
            self.arrays["id_key"] = pa.array(encoded.spread(ids.key, 0)[keep].astype(np.int64))
            self.arrays["id_form"] = pa.array(encoded.spread(ids.form, 0)[keep].astype(np.int8))
            self.arrays["id_birth"] = pa.array(born)
            self.arrays["id_check"] = pa.array(encoded.spread(ids.check_ok, False)[keep].astype(bool))
            self.arrays["id_sex"] = encoded.take(pa.array(ids.sex, pa.large_string())).take(pa.array(keep))

    def name_missing_columns(self) -> None:
        """D03 for every required column that a sheet lacks, unless other columns told it for all rows."""
        work, of_sheet = self.work, self.work.stack.sheet[self.keep]
        for n, raw in enumerate(work.sheets):
            if work.missing[n]:
                continue  # the whole sheet was refused, and that was said
            in_sheet = of_sheet == n
            for column in work.table:
                if not column.required or column.id in raw.columns:
                    continue
                if column.kind is Kind.SCHOOL:
                    continue
                if (
                    column.kind in (Kind.GRADE, Kind.CLASS)
                    and in_sheet.any()
                    and not self.unknown[column.id][in_sheet].any()
                ):
                    continue
                work.missing[n].append(column.header)
                message = f"缺“{column.header}”列。其余照收，要看这一列的检查无法判定"
                work.add(n, raw.header_row, column.header, "D03", message)

    def frame(self) -> pd.DataFrame:
        """The frame of docs/architecture.md."""
        work, n = self.work, len(self.keep)
        of_sheet = work.stack.sheet[self.keep]
        arrays = {
            **self.arrays,
            UNKNOWN: pa.array(unknown_cells.texts(self.unknown, n)),
            "_file": _labels([work.setting.shown[s.file] for s in work.sheets], of_sheet),
            "_sheet": _labels([identity.mask_text(s.sheet) for s in work.sheets], of_sheet),
            "_row": pa.array(work.stack.row[self.keep]),
        }
        shape = arrow_schema(work.table)
        return to_frame(pa.table([_typed(arrays.get(f.name), f, n) for f in shape], schema=shape))


def _labels(names: Sequence[str], name_indices: Ints) -> pa.Array:
    distinct = sorted(set(names))
    code = {name: n for n, name in enumerate(distinct)}
    codes = np.array([code[name] for name in names], dtype=np.int32)[name_indices]
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(distinct, pa.large_string()))


def _typed(array: pa.Array | None, item: pa.Field, rows: int) -> pa.Array:
    if array is None:
        default = DEFAULTS.get(item.name)
        array = pa.nulls(rows, item.type) if default is None else pa.array(np.full(rows, default))
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if pa.types.is_dictionary(item.type) and not pa.types.is_dictionary(array.type):
        array = array.cast(pa.large_string()).dictionary_encode()
    return array.cast(item.type)
