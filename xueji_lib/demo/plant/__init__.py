"""One small function a rule plants violations, near misses and unknowns, each on a victim of its own."""

from __future__ import annotations

from xueji_lib.demo import background
from xueji_lib.demo.county import County
from xueji_lib.demo.plant import v1, v1_headcount, v2, v2_numbers, v3, v4, v5, v5_suspensions, v6, v7, v7_people
from xueji_lib.demo.plant.field import Field, NoRoom, Planting
from xueji_lib.demo.truth import Truth

# These need whole classes or grades that nothing was done in.
_FIRST = ("r504", "r712", "r601", "r503", "r516", "r706", "r110", "r111", "r114")
_MODULES = (v1, v1_headcount, v2, v2_numbers, v3, v4, v5, v5_suspensions, v6, v7, v7_people)

NO_HIT: dict[str, str] = {
    "R704": "2026-12-31 之前不适用；truth/later.csv 写明到那天会出现的",
}
"""Rules that the check basis leaves without a hit, and why. Every rule has a near miss."""


def plant(county: County, times: int) -> Truth:
    """Change the clean county, and write down what a check must now say. ``times`` 0: only what is in order."""
    truth = Truth()
    if times == 0:
        background.add(county)
        background.add_residents(county)
        return truth
    field = Field(county, truth, times)
    functions = {function.__name__: function for module in _MODULES for function in module.PLANTINGS}
    for name in _FIRST:
        _run(functions[name], field)
    background.add(county)
    for name, function in functions.items():
        if name not in _FIRST:
            _run(function, field)
    background.add_residents(county)
    return truth


def _run(function: Planting, field: Field) -> None:
    """A county too small for one more planting does without it."""
    try:
        function(field)
    except NoRoom:
        return
