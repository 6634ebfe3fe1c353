"""Two files of one school that hold the same people: one too many, most likely.

Files of one inbox add up to a school's table, so a roster handed in twice (as xlsx and again as csv) would count
every child twice. That is for the county to decide, not for the kit; it is said.
"""

from __future__ import annotations

import pandas as pd

from xueji_lib.register.schema import Table

_SHARE = 0.8  # of a file's people who stand in another file of the school too
_FEW = 3  # people; fewer may well be a coincidence


def notes(table: Table, frame: pd.DataFrame) -> list[str]:
    """A sentence for every school and file whose people mostly stand in another file of the same school."""
    known = frame.loc[frame["id_key"] != 0, ["school_id", "_file", "id_key"]].astype({"school_id": str, "_file": str})
    known = known.drop_duplicates()
    known["twice"] = known.duplicated(["school_id", "id_key"], keep=False)
    files = known.groupby(["school_id", "_file"])["twice"].agg(["sum", "size"]).reset_index()
    files = files[(files["sum"] >= _FEW) & (files["sum"] >= _SHARE * files["size"])]
    return [
        f"学校 {school} 的{table.header}里，{'、'.join(names)} 大半是同样的人，会算两次。多交了的请移出收件夹后重收"
        for school, names in files.groupby("school_id")["_file"].agg(list).items()
    ]
