"""Plants violations, near misses and unknowns: one small function a rule, each case on a student of its own."""

from __future__ import annotations

from xueji_lib.demo import background
from xueji_lib.demo.county import DemoCounty
from xueji_lib.demo.plant import (
    plant_v1,
    plant_v1_headcount,
    plant_v2,
    plant_v2_numbers,
    plant_v3,
    plant_v4,
    plant_v5,
    plant_v5_suspensions,
    plant_v6,
    plant_v7,
    plant_v7_acts,
    plant_v7_people,
    plant_whereabouts,
)
from xueji_lib.demo.plant.planting_ground import NoRoom, Planting, PlantingGround
from xueji_lib.demo.truth import PlantedTruth

# These need whole classes or grades that nothing was done in.
_FIRST = ("r504", "r712", "r601", "r503", "r516", "r706", "r110", "r111", "r114")
_MODULES = (
    plant_v1,
    plant_v1_headcount,
    plant_v2,
    plant_v2_numbers,
    plant_v3,
    plant_v4,
    plant_v5,
    plant_v5_suspensions,
    plant_v6,
    plant_v7,
    plant_v7_acts,
    plant_v7_people,
    plant_whereabouts,
)

NO_HIT: dict[str, str] = {
    "R704": "2026-12-31 之前不适用；truth/later.csv 写明到那天会出现的",
}
"""Rules without a planted violation, and why. Every rule has a near miss."""


def plant(county: DemoCounty, times: int) -> PlantedTruth:
    """Change the clean county, and write down what a check must now say. ``times`` 0: only what is in order."""
    truth = PlantedTruth()
    if times == 0:
        background.add(county)
        background.add_residents(county)
        return truth
    field = PlantingGround(county, truth, times)
    functions = {function.__name__: function for module in _MODULES for function in module.PLANTINGS}
    for name in _FIRST:
        _run(functions[name], field)
    background.add(county)
    for name, function in functions.items():
        if name not in _FIRST:
            _run(function, field)
    background.add_residents(county)
    return truth


def _run(function: Planting, field: PlantingGround) -> None:
    """Run one planting; where the county is too small for it, do without."""
    try:
        function(field)
    except NoRoom:
        return
