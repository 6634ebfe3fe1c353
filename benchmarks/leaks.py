"""Numbers of persons typed where none belongs, in every way and every column: what comes out of the kit?

    python -m benchmarks.leaks FOLDER [--ways 18 spaces …] [--keep]

Makes an inbox in FOLDER (``tests.leaks``), takes it in, checks it, writes all papers, packs a school and opens the
package again; then every byte of every output, of the store (but the tables handed in), of the package and of the
screen is searched. Prints what was tried and what held, by way of writing and by column.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.leaks.county import DAY, SCHOOLS, TERM, Inbox
from tests.leaks.searched import leaks, texts
from tests.leaks.ways import WAYS, Canary
from xueji_lib.casebook.carry.opened import unpack
from xueji_lib.casebook.carry.sealed import Sealed

PASSWORD = "kou-ling-12345"
HANDED_IN = ("/segments/",)
"""Tables that hold what was handed in, as it was."""


def run(folder: Path, *arguments: str, password: str = "") -> None:
    """One command; what it says is kept to be searched."""
    print(" ".join(arguments[:1]), "…", flush=True)
    done = subprocess.run(
        [sys.executable, "-m", "xueji_lib", "--store", str(folder / "store"), *arguments],
        input=password,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONUTF8": "1"},
    )
    if done.returncode not in (0, 4):
        raise SystemExit(f"{arguments[0]} ended with {done.returncode}: {done.stderr[-400:]}")
    (folder / f"screen-{arguments[0]}-{len(arguments)}.txt").write_text(done.stdout + done.stderr, "utf-8")


def attack(folder: Path, ways: Sequence[str]) -> Inbox:
    """Take the county through the kit; returns what was planted."""
    box = Inbox(folder / "inbox", ways)
    box.write()
    inbox, schools = str(box.folder), ",".join([*SCHOOLS, "2164423000"])
    run(folder, "intake", inbox, "--term", TERM, "--dry-run")
    run(folder, "intake", inbox, "--term", TERM)
    run(folder, "intake", inbox, "--term", TERM, "--json")
    run(folder, "check", "--term", TERM, "--as-of", DAY, "--out", str(folder / "check"))
    run(folder, "batch", "--term", TERM, "--as-of", DAY, "--out", str(folder / "out"), "--only", schools)
    package = folder / "甲.xjpack"
    packing = ["pack", SCHOOLS[0], "--term", TERM, "--out", str(package), "--password-stdin"]
    run(folder, *packing, password=f"{PASSWORD}\n")
    unpack(Sealed(package, PASSWORD), folder / "unpacked")
    return box


def came_out(folder: Path) -> Iterator[tuple[str, str]]:
    """The texts of all that came out."""
    for part in sorted(folder.iterdir()):
        if part.name != "inbox":
            yield from texts(part, HANDED_IN)


def table(planted: Sequence[Canary], found: Mapping[Canary, set[str]], by: str) -> None:
    """Print tried and held for every way or every column; those that held whole in one line."""
    tried, leaked = (Counter(getattr(each, by) for each in part) for part in (planted, found))
    for name in leaked:
        where = sorted({place for each in found if getattr(each, by) == name for place in found[each]})
        print(f"{name:32} tried {tried[name]:5}  held {tried[name] - leaked[name]:5}  {'; '.join(where[:3])}")
    print(f"{by}s: tried {len(tried)}, held whole {len(tried) - len(leaked)}")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--ways", nargs="*", default=WAYS, choices=WAYS, metavar="WAY")
    parser.add_argument("--keep", action="store_true", help="leave all that was written where it is")
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True)
    try:
        planted = attack(options.folder, options.ways).canaries
        found = leaks(planted, came_out(options.folder))
    finally:
        if not options.keep:
            shutil.rmtree(options.folder, ignore_errors=True)
    table(planted, found, "way")
    table(planted, found, "column")
    print(f"values: tried {len(planted)}, held {len(planted) - len(found)}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
