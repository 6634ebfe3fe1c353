"""Who a masked name on paper stands for: the school's students, looked up by name and masked number."""

from __future__ import annotations

from typing import Any

import pandas as pd

from xueji_lib.judge.results import School
from xueji_lib.register import labels
from xueji_lib.register.identity import mask_id
from xueji_lib.register.vocabulary import Presence
from xueji_lib.store import Store


class MaskedStudents:
    """The students of a school's register and headcount, looked up by what masked papers show: name and masked number.

    ``rows``: the register's rows, in its order. The columns are those of the tables.
    """

    def __init__(self, store: Store, school: School, register: pd.DataFrame) -> None:
        self.rows = records_of(register)
        columns = ["school_id", "name", "sex", "id_number", "register_no", "grade", "class_no", "presence"]
        headcount = store.read(school.term_id, "headcount", columns=columns, schools=[school.id])
        present = [row for row in records_of(headcount) if row["presence"] == Presence.PRESENT]
        self._by_masked: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for row in [*self.rows, *present]:
            for column in ("id_number", "register_no"):
                number = labels.text(row[column])
                if number:
                    self._by_masked.setdefault((labels.text(row["name"]), mask_id(number)), []).append(row)
        self.school = school

    def find(self, name: str, ref: str) -> list[dict[str, Any]]:
        """The rows of every student with this name and masked number (``ref``); usually one. Rows of the register come
        before those of the headcount."""
        candidates = self._by_masked.get((name, ref), [])
        seen: set[str] = set()
        people: list[dict[str, Any]] = []
        for row in candidates:
            key = (labels.text(row["id_number"]), labels.text(row["register_no"]) if not row.get("presence") else "")
            numbers = {n for n in key if n}
            if not numbers & seen:
                people.append(row)
            seen |= numbers
        return people


def records_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame as dictionaries by column."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
