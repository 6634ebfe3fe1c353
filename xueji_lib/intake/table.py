"""From the raw sheets of one table to the frame that is stored, with every fault named.

Frame: docs/architecture.md, "A table at rest". What bad input gets: data contract, section 2.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from xueji_lib import identity
from xueji_lib.intake import classes, values
from xueji_lib.intake.columns import Encoded, Flags, Ints, Stack
from xueji_lib.intake.header import SCHOOL_NAME
from xueji_lib.intake.report import Problem, mask_value
from xueji_lib.intake.schools import NONE, UNKNOWN, Directory, school_id
from xueji_lib.intake.sheet import RawSheet
from xueji_lib.intake.values import FAULTS
from xueji_lib.schema import Column, Kind, Table
from xueji_lib.store import arrow_schema, to_frame

_NONE, _D03, _D07, _D08, _D10 = 0, 3, 7, 8, 10
_LISTED = 2000  # problems of one column of one sheet that are named one by one

_BLANK_MEANS = {"has": "无", "has_or_na": "无", "complete": "不齐"}
"""Material columns: nothing written means it is not there."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What all tables of an intake share. ``copies``: file → the earlier file of the same bytes."""

    first_year: int
    directory: Directory
    names: Sequence[str]
    shown: Sequence[str]
    copies: Mapping[int, int]


@dataclass(slots=True)
class Built:
    """``rejected``: table, school_id, code, rows. ``fates``: per sheet, why rows were rejected and how many."""

    frame: pd.DataFrame
    rejected: list[tuple[str, str, str, int]] = field(default_factory=list)
    problems: list[tuple[tuple[int, int, int], Problem]] = field(default_factory=list)
    accepted: list[int] = field(default_factory=list)
    fates: list[dict[str, int]] = field(default_factory=list)
    missing: list[list[str]] = field(default_factory=list)


class Builder:
    """Builds one table from all its sheets."""

    def __init__(self, table: Table, sheets: Sequence[RawSheet], setting: Setting) -> None:
        self.table = table
        self.sheets = sheets
        self.setting = setting
        self.stack = Stack(sheets)
        self.fate: npt.NDArray[np.int8] = np.zeros(len(self.stack), dtype=np.int8)
        self.unknown: dict[str, Flags] = {}
        self.arrays: dict[str, pa.Array] = {}
        self.built = Built(pd.DataFrame(), missing=[[] for _ in sheets])

    def build(self) -> Built:
        school = self._schools()
        self._refuse_sheets(school)
        self._refuse_rows(school)
        keep = np.flatnonzero(self.fate == _NONE)
        self._cells(school, keep)
        self._missing_columns(keep)
        self.built.frame = self._frame(school, keep)
        self._account(school)
        return self.built

    # ---- problems ----

    def _add(self, sheet: int, row: int, column: str, code: str, message: str, value: str = "", **more: bool) -> None:
        raw = self.sheets[sheet]
        place = list(raw.columns).index(column) if column in raw.columns else -1
        shown = identity.mask_text(raw.texts.get(column, "")) if column in raw.texts else column
        problem = Problem(
            self.setting.shown[raw.file], identity.mask_text(raw.sheet), row, shown, code, message, value, **more
        )
        self.built.problems.append(((row, place, len(self.built.problems)), problem))

    def _add_rows(
        self, places: Ints, column: str, code: str, message: str, shown: Encoded | None = None, **more: bool
    ) -> None:
        """One problem a row; a column that is bad all over is cut short."""
        for sheet in np.unique(self.stack.sheet[places]):
            here = places[self.stack.sheet[places] == sheet]
            for place in here[:_LISTED]:
                value = ""
                if shown is not None and shown.codes[place] >= 0:
                    value = self._masked(column, str(shown.distinct[int(shown.codes[place])]))
                self._add(int(sheet), int(self.stack.row[place]), column, code, message, value, **more)
            if len(here) > _LISTED:
                self._add(int(sheet), 0, column, code, f"{message}（同样的还有 {len(here) - _LISTED} 处）", **more)

    def _masked(self, column: str, text: str) -> str:
        spec = next((c for c in self.table if c.id == column), None)
        if self.table.id == "changes" and column in ("before", "after"):
            return "（不显示）"
        return mask_value(spec or Column(column, column), text)

    # ---- whose row ----

    def _schools(self) -> Ints:
        """Per row a place in the directory, or NONE or UNKNOWN."""
        directory, stack = self.setting.directory, self.stack
        if self.table.id == "residents":
            return np.full(len(stack), NONE, dtype=np.int64)
        of_sheet = np.array(
            [
                NONE
                if self.table.per_county or self.table.id == "schools"
                else directory.of_file(self.setting.names[s.file], s.sheet, s.context)
                for s in self.sheets
            ],
            dtype=np.int64,
        )[stack.sheet]
        by_id = self._resolved("school_id", directory.by_id)
        by_name = self._resolved(SCHOOL_NAME, directory.by_name)
        return np.where(by_id != NONE, by_id, np.where(by_name != NONE, by_name, of_sheet)).astype(np.int64)

    def _resolved(self, column: str, find: Any) -> Ints:
        encoded = self.stack[column] if column in self.stack.ids else None
        if encoded is None:
            return np.full(len(self.stack), NONE, dtype=np.int64)
        places = np.array([find(str(t)) for t in encoded.distinct.to_pylist()], dtype=np.int64)
        found: Ints = encoded.spread(places, NONE).astype(np.int64)
        return found

    # ---- what is refused ----

    def _refuse_sheets(self, school: Ints) -> None:
        """Without 姓名, or without a school from any source, a sheet is no table."""
        has_name = "name" in {c.id for c in self.table}
        for n, raw in enumerate(self.sheets):
            here = slice(int(self.stack.starts[n]), int(self.stack.starts[n + 1]))
            if has_name and "name" not in raw.columns:
                self._refuse_sheet(n, here, "姓名", "没有“姓名”列，整张表未收")
            elif (
                not self.table.per_county
                and "school_id" not in raw.columns
                and SCHOOL_NAME not in raw.columns
                and (not len(raw.rows) or bool((school[here] == NONE).all()))
                and len(raw.rows)
            ):
                why = "看不出是哪所学校：没有“学校标识码”或“学校名称”列，文件名、文件夹名里也没有，整张表未收"
                self._refuse_sheet(n, here, "学校标识码", why)

    def _refuse_sheet(self, sheet: int, rows: slice, header: str, message: str) -> None:
        self.fate[rows] = _D03
        self.built.missing[sheet].append(header)
        self._add(sheet, self.sheets[sheet].header_row, header, "D03", message)

    def _refuse_rows(self, school: Ints) -> None:
        stack = self.stack
        open_rows = self.fate == _NONE
        if self.table.id == "schools":
            self._refuse_strange_schools(open_rows)
        elif not self.table.per_county:
            self._refuse_unknown(np.flatnonzero(open_rows & (school < 0)), school)
        elif "school_id" in {c.id for c in self.table}:
            self._refuse_unknown(np.flatnonzero(open_rows & (school == UNKNOWN)), school)
        if self.table.per_student:
            nobody = self.fate == _NONE
            for column in ("name", "id_number", "register_no"):
                if column in stack.ids:
                    nobody &= stack.blank(column)
            places = np.flatnonzero(nobody)
            self.fate[places] = _D10
            self._add_rows(places, "", "D10", "这一行没有姓名也没有号码，未收")
        self._refuse_doubles()
        self._refuse_copies(school)
        if self.table.id == "schools":
            self._refuse_second_entries()

    def _refuse_unknown(self, places: Ints, school: Ints) -> None:
        self.fate[places] = _D08
        given = self.stack["school_id"] if "school_id" in self.stack.ids else None
        named = self.stack[SCHOOL_NAME] if SCHOOL_NAME in self.stack.ids else None
        blank = np.array([given is None or self._text(given, p) == "" for p in places], dtype=bool)
        by_name = np.array([named is not None and self._text(named, p) != "" for p in places], dtype=bool)
        nowhere = school[places] == NONE
        self._add_rows(places[~blank], "school_id", "D08", "学校标识码不在学校名录里，这一行未收", given)
        self._add_rows(places[blank & by_name], SCHOOL_NAME, "D08", "学校名称在学校名录里找不到（或有重名），这一行未收", named)
        rest = blank & ~by_name
        message = "这一行没有写学校，文件名和文件夹名里也看不出，未收"
        self._add_rows(places[rest & nowhere], "school_id", "D08", message)
        for sheet in np.unique(self.stack.sheet[places[rest & ~nowhere]]):
            raw = self.sheets[sheet]
            digits = self.setting.directory.stranger([*self.setting.names[raw.file].split("/"), raw.sheet, *raw.context])
            here = places[rest & ~nowhere]
            message = f"文件名或文件夹名里的学校标识码 {digits} 不在学校名录里，未收"
            self._add_rows(here[self.stack.sheet[here] == sheet], "", "D08", message)

    def _text(self, encoded: Encoded, place: int) -> str:
        code = int(encoded.codes[place])
        return str(encoded.distinct[code]).strip() if code >= 0 else ""

    def _refuse_strange_schools(self, open_rows: Flags) -> None:
        given = self.stack["school_id"]
        bad = given.spread(np.array([school_id(str(t)) is None for t in given.distinct.to_pylist()], dtype=bool), True)
        places = np.flatnonzero(open_rows & bad.astype(bool))
        self.fate[places] = _D08
        self._add_rows(places, "school_id", "D08", "学校标识码不是 10 位数字，这一行未收", given)

    def _refuse_doubles(self) -> None:
        first = self.stack.first_of_equal()
        places = np.flatnonzero((first != np.arange(len(first))) & (self.fate == _NONE))
        self.fate[places] = _D07
        for place in places:
            original = int(first[place])
            where = f"第 {self.stack.row[original]} 行"
            if self.stack.sheet[original] != self.stack.sheet[place]:
                where = f"工作表“{self.sheets[self.stack.sheet[original]].sheet}”{where}"
            sheet, row = int(self.stack.sheet[place]), int(self.stack.row[place])
            self._add(sheet, row, "", "D07", f"与{where}完全相同，只算一次", left_out=False)

    def _refuse_copies(self, school: Ints) -> None:
        """A file that is there twice counts once."""
        place_of = {(s.file, s.sheet): n for n, s in enumerate(self.sheets)}
        for n, raw in enumerate(self.sheets):
            original = place_of.get((self.setting.copies.get(raw.file, -1), raw.sheet))
            if original is None or len(raw.rows) != len(self.sheets[original].rows):
                continue
            here = np.arange(self.stack.starts[n], self.stack.starts[n + 1])
            there = np.arange(self.stack.starts[original], self.stack.starts[original + 1])
            same = here[(self.fate[here] == _NONE) & (school[here] == school[there])]
            if len(same):
                self.fate[same] = _D07
                other = self.setting.shown[self.sheets[original].file]
                message = f"与文件“{other}”内容完全相同，{len(same)} 行只算一次"
                self._add(n, 0, "", "D07", message, left_out=False)

    def _refuse_second_entries(self) -> None:
        """A school stands in the directory once."""
        ids = [school_id(self._text(self.stack["school_id"], p)) or "" for p in range(len(self.stack))]
        seen: dict[str, int] = {}
        for place in np.flatnonzero(self.fate == _NONE):
            original = seen.setdefault(ids[place], int(place))
            if original == place:
                continue
            self.fate[place] = _D07
            raw = self.sheets[self.stack.sheet[original]]
            where = f"{self.setting.shown[raw.file]} 第 {self.stack.row[original]} 行"
            sheet, row = int(self.stack.sheet[place]), int(self.stack.row[place])
            self._add(sheet, row, "school_id", "D07", f"学校 {ids[place]} 已在 {where}，取那一行，这一行未收")

    # ---- cells ----

    def _cells(self, school: Ints, keep: Ints) -> None:
        self._places(school, keep)
        for column in self.table:
            if column.kind in (Kind.GRADE, Kind.CLASS, Kind.SCHOOL):
                continue
            if column.id not in self.stack.ids:
                self.arrays[column.id] = pa.nulls(len(keep), arrow_schema(self.table).field(column.id).type)
                self.unknown[column.id] = np.ones(len(keep), dtype=bool)
                self._fixed_blank(column)
                continue
            encoded = self.stack[column.id]
            parsed = values.parse(column, encoded.distinct)
            if self.table.id == "changes" and column.id in ("before", "after"):
                parsed_here, fault = self._changed_values(encoded, parsed)
                self.arrays[column.id] = parsed_here.take(pa.array(keep))
            else:
                fault = encoded.spread(parsed.fault, 0).astype(np.int8)
                self.arrays[column.id] = encoded.take(parsed.values).take(pa.array(keep))
            self._faults(column.id, fault, keep, encoded)
            self.unknown[column.id] = ((fault > 0) | (encoded.codes < 0))[keep]
            self._fixed_blank(column)
            if column.id in ("id_number", "register_no"):
                self._parsed_numbers(column.id, encoded, parsed, keep)

    def _faults(self, column: str, fault: npt.NDArray[np.int8], keep: Ints, encoded: Encoded) -> None:
        bad = keep[fault[keep] > 0]
        for kind in np.unique(fault[bad]):
            code, message = FAULTS[int(kind)]
            self._add_rows(bad[fault[bad] == kind], column, code, message, encoded)

    def _fixed_blank(self, column: Column) -> None:
        """Blanks that have a meaning of their own."""
        unknown = self.unknown[column.id]
        meaning = _BLANK_MEANS.get(column.codes or "")
        if (self.table.id, column.id) == ("register", "status"):
            meaning = "在读"
            absent = ~self.stack.present("status")[np.flatnonzero(self.fate == _NONE)]
            unknown = unknown & ~absent
            self.unknown[column.id] = unknown
        elif (self.table.id, column.id) == ("dropouts", "outcome"):
            meaning = "未复学"
        if meaning:
            array = self.arrays[column.id].cast(pa.large_string())
            empty = array.is_null().to_numpy(zero_copy_only=False).astype(bool) & ~unknown
            self.arrays[column.id] = pc.if_else(pa.array(empty), meaning, array)

    def _changed_values(self, encoded: Encoded, parsed: values.Parsed) -> tuple[pa.Array, npt.NDArray[np.int8]]:
        """修改前 and 修改后 are judged by what the row says was changed."""
        column = Column("id_number", "身份证件号", Kind.ID)
        number = values.parse(column, encoded.distinct)
        fault = encoded.spread(parsed.fault, 0).astype(np.int8)
        result = encoded.take(parsed.values)
        spec = self.table["field"]
        field_of = self.stack["field"] if "field" in self.stack.ids else None
        if field_of is not None:
            labels = values.parse(spec, field_of.distinct).values.to_pylist()
            is_number = field_of.spread(np.array([x == "身份证件号" for x in labels], dtype=bool), False).astype(bool)
            lost = np.isin(number.fault, [values.RUINED_NUMBER, values.MASKED])
            bad = is_number & encoded.spread(lost, False).astype(bool)
            fault = np.where(bad, encoded.spread(number.fault, 0), fault).astype(np.int8)
            good = is_number & ~bad & encoded.spread(number.fault == 0, False).astype(bool)
            result = pc.if_else(pa.array(good), encoded.take(number.values), result)
            is_date = field_of.spread(np.array([x == "出生日期" for x in labels], dtype=bool), False).astype(bool)
            written = values.parse(Column("date", "", Kind.DATE), encoded.distinct)
            day = encoded.take(written.values).cast(pa.large_string())
            dated = is_date & encoded.spread(written.fault == 0, False).astype(bool)
            result = pc.if_else(pa.array(dated), day, result)
        ruined = encoded.spread(values.prepare(encoded.distinct).ruined, False).astype(bool)
        fault = np.where(ruined & (fault == 0), values.RUINED_NUMBER, fault).astype(np.int8)
        return pc.if_else(pa.array(fault > 0), pa.scalar(None, result.type), result), fault

    def _parsed_numbers(self, column: str, encoded: Encoded, parsed: values.Parsed, keep: Ints) -> None:
        texts = parsed.values.to_pylist()
        if column == "register_no":
            keys = encoded.spread(identity.keys(texts), 0)[keep] if texts else np.zeros(len(keep))
            self.arrays["register_key"] = pa.array(keys.astype(np.int64))
            return
        ids = identity.parse_ids(texts)
        born = encoded.spread(ids.birth, np.datetime64("NaT"))[keep].astype("datetime64[s]")
        self.arrays["id_key"] = pa.array(encoded.spread(ids.key, 0)[keep].astype(np.int64))
        self.arrays["id_form"] = pa.array(encoded.spread(ids.form, 0)[keep].astype(np.int8))
        self.arrays["id_birth"] = pa.array(born)
        self.arrays["id_check"] = pa.array(encoded.spread(ids.check_ok, False)[keep].astype(bool))
        self.arrays["id_sex"] = encoded.take(pa.array(ids.sex, pa.large_string())).take(pa.array(keep))

    # ---- grade and class ----

    def _places(self, school: Ints, keep: Ints) -> None:
        names = {c.id for c in self.table}
        for grade, class_no in (("grade", "class_no"), ("resume_grade", "resume_class")):
            if grade in names:
                self._place(grade, class_no, school, keep)

    def _place(self, grade: str, class_no: str, school: Ints, keep: Ints) -> None:
        g, g_fault = self._prepared(grade)
        c, c_fault = self._prepared(class_no)
        kinds = [*dict.fromkeys([*self.setting.directory.kinds, None])]
        kind_place = {k: i for i, k in enumerate(kinds)}
        of_school = np.array([*(kind_place[k] for k in self.setting.directory.kinds), kind_place[None]], dtype=np.int64)
        kind = of_school[np.where(school < 0, len(of_school) - 1, school)]
        wide = len(c.distinct) + 1
        key = ((g.codes + 1) * wide + c.codes + 1) * len(kinds) + kind
        distinct, inverse = np.unique(key, return_inverse=True)
        g_texts = ["", *("" if f else str(t) for t, f in zip(g.distinct.to_pylist(), g_fault, strict=True))]
        c_texts = ["", *("" if f else str(t) for t, f in zip(c.distinct.to_pylist(), c_fault, strict=True))]
        found = []
        for k in distinct:
            rest, kind_code = divmod(int(k), len(kinds))
            g_code, c_code = divmod(rest, wide)
            stages = classes.Stages(self.setting.first_year, kinds[kind_code])
            bad_grade = g_code > 0 and g_fault[g_code - 1] > 0
            place = classes.place("?" if bad_grade else g_texts[g_code], c_texts[c_code], stages)
            found.append(place)
        for column, encoded, damage, take in (
            (grade, g, g_fault, lambda p: (p.grade, p.grade_fault)),
            (class_no, c, c_fault, lambda p: (p.class_no, p.class_fault)),
        ):
            got = [take(p) for p in found]
            array = pa.array([v for v, _ in got], pa.int32()).take(pa.array(inverse))
            self.arrays[column] = array.take(pa.array(keep))
            why = np.array([w for _, w in got], dtype=object)[inverse]
            damaged = encoded.spread(damage, 0).astype(np.int8) if len(damage) else np.zeros(len(self.stack), np.int8)
            self._faults(column, damaged, keep, encoded)
            present = self.stack.present(column)
            for message in sorted({w for _, w in got if w}):
                bad = keep[(why == message)[keep] & (damaged[keep] == 0) & present[keep]]
                self._add_rows(bad, column, "D06", message, encoded)
            empty = array.is_null().to_numpy(zero_copy_only=False).astype(bool)
            unknown = empty & (~present | (damaged > 0) | (why != ""))
            self.unknown[column] = unknown[keep]

    def _prepared(self, column: str) -> tuple[Encoded, npt.NDArray[np.int8]]:
        if column not in self.stack.ids:
            none = np.full(len(self.stack), -1, dtype=np.int64)
            return Encoded(none, pa.array([], pa.large_string())), np.zeros(0, dtype=np.int8)
        encoded = self.stack[column]
        texts = values.prepare(encoded.distinct)
        return Encoded(encoded.codes, texts.values), texts.fault

    # ---- columns that are not there ----

    def _missing_columns(self, keep: Ints) -> None:
        of_sheet = self.stack.sheet[keep]
        for n, raw in enumerate(self.sheets):
            if self.built.missing[n]:
                continue  # the whole sheet was refused
            here = of_sheet == n
            for column in self.table:
                if not column.required or column.id in raw.columns:
                    continue
                if column.kind is Kind.SCHOOL and not self.table.per_county:
                    continue  # found by other means
                if column.kind in (Kind.GRADE, Kind.CLASS) and here.any() and not self.unknown[column.id][here].any():
                    continue  # every class name told it
                self.built.missing[n].append(column.header)
                message = f"缺“{column.header}”列，其余照收，用到它的检查无法判定"
                self._add(n, raw.header_row, column.header, "D03", message)

    # ---- the result ----

    def _frame(self, school: Ints, keep: Ints) -> pd.DataFrame:
        n = len(keep)
        shape = arrow_schema(self.table)
        if "school_id" in {c.id for c in self.table}:
            self.arrays["school_id"] = self._school_ids(school, keep)
            if self.table.per_county:
                self.unknown["school_id"] = ~self.stack.present("school_id")[keep] & (school[keep] < 0)
        masks = [np.zeros(n, dtype=np.uint64), np.zeros(n, dtype=np.uint64)]
        for place, column in enumerate(self.table):
            flags = self.unknown.get(column.id)
            if flags is not None and flags.any():
                masks[place // 64] |= flags.astype(np.uint64) << np.uint64(place % 64)
        self.arrays["_u0"], self.arrays["_u1"] = pa.array(masks[0]), pa.array(masks[1])
        self.arrays["_file"] = _labels([self.setting.shown[s.file] for s in self.sheets], self.stack.sheet[keep])
        self.arrays["_sheet"] = _labels([identity.mask_text(s.sheet) for s in self.sheets], self.stack.sheet[keep])
        self.arrays["_row"] = pa.array(self.stack.row[keep])
        defaults: dict[str, Any] = {"id_key": 0, "id_form": 0, "id_check": False, "register_key": 0}
        columns = []
        for item in shape:
            array = self.arrays.get(item.name)
            if array is None:
                value = defaults.get(item.name)
                array = pa.nulls(n, item.type) if value is None else pa.array(np.full(n, value)).cast(item.type)
            columns.append(_cast(array, item.type))
        return to_frame(pa.table(columns, schema=shape))

    def _school_ids(self, school: Ints, keep: Ints) -> pa.Array:
        if self.table.id == "schools":
            given = self.stack["school_id"]
            ids = pa.array([school_id(str(t)) for t in given.distinct.to_pylist()], pa.large_string())
            return given.take(ids).take(pa.array(keep))
        ids = pa.array(self.setting.directory.ids, pa.large_string())
        chosen = school[keep]
        return ids.take(pa.array(chosen, mask=chosen < 0))

    def _account(self, school: Ints) -> None:
        ids = self.setting.directory.ids
        counts: Counter[tuple[str, str]] = Counter()
        for n in range(len(self.sheets)):
            here = self.fate[int(self.stack.starts[n]) : int(self.stack.starts[n + 1])]
            self.built.accepted.append(int((here == _NONE).sum()))
            self.built.fates.append({f"D{f:02d}": int((here == f).sum()) for f in np.unique(here[here != _NONE])})
        for place in np.flatnonzero(self.fate != _NONE):
            owner = "" if self.table.per_county else ids[school[place]] if school[place] >= 0 else None
            if owner is not None and self.table.id != "schools":
                counts[owner, f"D{self.fate[place]:02d}"] += 1
        self.built.rejected = [(self.table.id, owner, code, n) for (owner, code), n in sorted(counts.items())]


def _labels(names: Sequence[str], places: Ints) -> pa.Array:
    distinct = sorted(set(names))
    code = {name: n for n, name in enumerate(distinct)}
    codes = np.array([code[name] for name in names], dtype=np.int32)[places]
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(distinct, pa.large_string()))


def _cast(array: pa.Array, kind: pa.DataType) -> pa.Array:
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if pa.types.is_dictionary(kind) and not pa.types.is_dictionary(array.type):
        array = array.cast(pa.large_string()).dictionary_encode()
    return array.cast(kind)
