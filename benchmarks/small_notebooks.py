"""Small notebooks under the stock engine and the warm one: whether they show the same, and what is left of them.

python -m benchmarks.small_notebooks            # a line for each that differs, then the table of all
python -m benchmarks.small_notebooks recursion  # those with this word in their names
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.notebooks import both_engines


def main() -> None:
    words = sys.argv[1:]
    names = [name for name in both_engines.all_notebooks() if not words or any(word in name for word in words)]
    with tempfile.TemporaryDirectory(prefix="small-") as folder:
        comparisons = both_engines.compared(names, Path(folder))
    for comparison in comparisons:
        if not comparison.well:
            print(f"{comparison.name}: left {comparison.left}, given up {comparison.retired}")
            for difference in comparison.differences:
                print("  ", difference)
    print(both_engines.table(comparisons))
    print(f"\n{len(comparisons)} notebooks, {sum(c.well for c in comparisons)} well")


if __name__ == "__main__":
    main()
