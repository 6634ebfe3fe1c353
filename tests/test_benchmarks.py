"""The measurements can still be started: a name that moves in the library must not be found out on the day of need."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import benchmarks


@pytest.mark.parametrize(
    "name", [module.name for module in pkgutil.iter_modules(benchmarks.__path__) if module.name != "__main__"]
)
def test_a_measurement_finds_all_that_it_imports(name: str) -> None:
    assert importlib.import_module(f"benchmarks.{name}").__doc__
