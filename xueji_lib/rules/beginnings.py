"""From which day a school had to report a pupil who stays away (起算日). Source: R707."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from xueji_lib.county.cells import Cells
from xueji_lib.county.kleene import Flags, RowIndexes
from xueji_lib.register.calendar import Days
from xueji_lib.rules.inquiry import Inquiry


@dataclass(frozen=True, slots=True)
class Beginnings:
    """An item a pupil. ``day``; ``by_ledger``: it is a 发现日期 of the ledger; ``listed``: the ledger has the pupil;
    ``entry``: the ledger row that it stands in, -1 for none; ``unread``: a day that could not be read may be an earlier
    one; ``kind``: what day it is, in words."""

    day: Cells
    by_ledger: Flags
    listed: Flags
    entry: RowIndexes
    unread: Flags
    kind: list[str]


def beginnings(inquiry: Inquiry, hc: RowIndexes, reg: RowIndexes) -> Beginnings:
    """For pairs of a headcount and a register row: the earliest 发现日期 of the pupil's ledger rows; without a ledger
    row the 核对日期; 开学日 where the day is blank."""
    of_pupil = _by_ledger(inquiry)
    earliest, listed = of_pupil.earliest[reg], of_pupil.listed[reg]
    checked = inquiry["headcount"]["check_date"].take(hc)
    unread = of_pupil.unread[reg] | (~listed & checked.unknown)
    by_ledger, by_check = ~np.isnat(earliest), ~listed & checked.known
    opening = np.datetime64(inquiry.county.term.start, "D")
    day = np.where(by_ledger, earliest, np.where(by_check, checked.values, opening)).astype("datetime64[D]")
    kind = np.full(len(reg), "开学日，因为表上没有写日期", dtype=object)
    kind[by_check] = "核对日期"
    kind[by_check & inquiry.county.called[hc]] = "现场点名日期"
    kind[by_ledger] = "劝返台账的发现日期"
    cells = Cells(day, np.zeros(len(day), dtype=bool), unread & ~by_ledger)
    return Beginnings(cells, by_ledger, listed, of_pupil.entry[reg], unread, kind.tolist())


class _OfPupil(NamedTuple):
    """An item a register row. ``earliest``: its first 发现日期, NaT for none; ``entry``: the ledger row of it, else any
    of the pupil's, -1 for none; ``listed``: the ledger has the pupil; ``unread``: some 发现日期 could not be read."""

    earliest: Days
    entry: RowIndexes
    listed: Flags
    unread: Flags


def _by_ledger(inquiry: Inquiry) -> _OfPupil:
    rows, n = inquiry["dropouts"], len(inquiry["register"])
    earliest = np.full(n, np.datetime64("NaT", "D"))
    entry = np.full(n, -1, dtype=np.int64)
    listed, unread = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    if not len(rows):
        return _OfPupil(earliest, entry, listed, unread)
    link, found = inquiry.county.link("dropouts"), rows["found_date"]
    pairs = pd.DataFrame({"row": link.left, "pupil": link.right, "day": found.values[link.left]})
    pairs["source"] = rows.sources(link.left)
    first = pairs.sort_values(["day", "source"], na_position="last").drop_duplicates("pupil")
    of = first["pupil"].to_numpy(dtype=np.int64)
    earliest[of] = first["day"].to_numpy().astype("datetime64[D]")
    entry[of] = first["row"].to_numpy(dtype=np.int64)
    listed[link.right] = True
    unread[link.right[found.unknown[link.left]]] = True
    return _OfPupil(earliest, entry, listed, unread)
