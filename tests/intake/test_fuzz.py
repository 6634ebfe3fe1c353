"""Five hundred mutated files of all formats: none ends an intake, leaves a traceback or takes too long."""

from __future__ import annotations

from benchmarks import fuzz_intake


def test_no_mutated_file_ends_an_intake() -> None:
    """The same five hundred every time; ``python -m benchmarks.fuzz_intake`` tries twenty thousand."""
    tally = fuzz_intake.run(fuzz_intake.seeds(), range(500), seed=1, limit=20.0)
    assert tally.bad == []
    assert tally.files == 500
    assert tally.tables > 100 and tally.refused > 100  # neither all whole nor all broken
    assert len(tally.lost) < 5
