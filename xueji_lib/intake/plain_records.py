"""Rows of a frame as plain values, as JSON takes them."""

from __future__ import annotations

from typing import Any

import pandas as pd


def plain_records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """A dictionary a row, column → Python value; None where a cell is missing."""
    plain = frame.astype(object).where(frame.notna(), None)
    return [
        {str(name): value.item() if hasattr(value, "item") else value for name, value in record.items()}
        for record in plain.to_dict("records")
    ]
