"""How a person decides in a table of a page: choose a step, and confirm it."""

from __future__ import annotations

from typing import Any


def decide(row: Any, step: str) -> None:
    """Takes a step that asks for nothing. ``row``: a Playwright locator of the table's row."""
    row.locator("select.xstate").select_option(step)
    row.locator("[data-part=confirm]").click()
