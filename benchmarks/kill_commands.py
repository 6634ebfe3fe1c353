"""Kill -9 every command that writes, at random moments: is anything lost, is anything left?

    python -m benchmarks.kill_commands [--times 13] [--seed 1] [--only pack,merge]

A small county is taken in and judged once, and something decided. Each strike works on a copy of it: the command is
killed somewhere between its start and its end, then run once more. Afterwards the casebook must verify, hold every
decision that it held before and the command brought, judge to the same findings, hold no plain register lying about,
and what the command makes must open.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.measure import table
from xueji_lib import demo
from xueji_lib.casebook import cases
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.log.events import Actor
from xueji_lib.store import Store
from xueji_lib.support import scratch

PASSWORD = "kou-ling-12345"
TERM, DAY = demo.TERM, demo.AS_OF.isoformat()


@dataclass(frozen=True)
class KilledCommand:
    """``words``: the command, {place} being the copy's folder; ``opens``: another command that must succeed with what
    it made; ``begin``: what of the county's folder the copy begins with; ``whole``: a folder that is there all at once
    or not at all, and after which there is nothing more to do."""

    words: tuple[str, ...]
    opens: tuple[str, ...] = ()
    begin: str = "store"
    whole: str = ""

    def root(self, place: Path) -> Path:
        """The store that the command leaves."""
        return place / (self.whole or "store")


SEALED = ("--password-stdin",)
CASES: Mapping[str, KilledCommand] = {
    "intake": KilledCommand(("--store", "{place}/store", "intake", "{place}/inbox", "--term", TERM), begin="before"),
    "check": KilledCommand(
        ("--store", "{place}/store", "check", "--term", TERM, "--as-of", DAY, "--out", "{place}/out")
    ),
    "pack": KilledCommand(
        ("--store", "{place}/store", "pack", "{school}", "--term", TERM, "--out", "{place}/a.xjpack", *SEALED),
        ("--store", "{place}/other", "merge", "{place}/a.xjpack", *SEALED),
    ),
    "merge": KilledCommand(("--store", "{place}/store", "merge", "{place}/back.xjpack", *SEALED), begin="carried"),
    "backup": KilledCommand(
        ("--store", "{place}/store", "backup", "--out", "{place}/a.backup"),
        ("--store", "{place}/other", "restore", "{place}/a.backup"),
    ),
    "restore": KilledCommand(("--store", "{place}/new", "restore", "{place}/whole.backup"), whole="new"),
    "export": KilledCommand(("--store", "{place}/store", "export", "--term", TERM, "--as-of", DAY, "{place}/out")),
    "archive": KilledCommand(
        ("--store", "{place}/store", "archive", "--term", TERM, "--as-of", DAY, "--out", "{place}/out"),
    ),
}


class KitFailed(Exception):
    """A command ended with another status than 0 or 4."""


def start(case: Mapping[str, str], words: tuple[str, ...]) -> subprocess.Popen[bytes]:
    """The command under way, its password given."""
    line = [sys.executable, "-m", "xueji_lib", *(word.format(**case) for word in words)]
    process = subprocess.Popen(
        line, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
    )
    assert process.stdin is not None
    process.stdin.write(f"{PASSWORD}\n{PASSWORD}\n".encode())
    process.stdin.close()
    process.stdin = None
    return process


def run(case: Mapping[str, str], words: tuple[str, ...]) -> float:
    """Seconds that it took. Raises KitFailed."""
    began = time.perf_counter()
    process = start(case, words)
    _, told = process.communicate()
    if process.returncode not in (0, 4):
        raise KitFailed(f"{words}: {process.returncode}: {told.decode('utf-8', 'replace')[-400:]}")
    return time.perf_counter() - began


def make(folder: Path) -> str:
    """The folders that copies begin with; returns the school that is carried."""
    demo.make(folder / "demo", schools=6)
    shutil.copytree(folder / "demo" / "inbox" / TERM, folder / "inbox")
    place = {"place": str(folder)}
    run(
        place,
        (
            "--store",
            "{place}/before",
            "intake",
            "{place}/demo/inbox/" + demo.PREVIOUS_TERM,
            "--term",
            demo.PREVIOUS_TERM,
        ),
    )
    shutil.copytree(folder / "before", folder / "store")
    run(place, ("--store", "{place}/store", "intake", "{place}/inbox", "--term", TERM))
    run(place, ("--store", "{place}/store", "check", "--term", TERM, "--as-of", DAY, "--out", "{place}/first"))
    with (folder / "first" / TERM / "findings.csv").open(encoding="utf-8-sig", newline="") as stream:
        school = next(row["school_id"] for row in csv.DictReader(stream) if row["school_id"])
    run(place, ("--store", "{place}/store", "batch", "--term", TERM, "--as-of", DAY, "--out", "{place}/batch"))
    decide(folder / "store", school, 0)
    shutil.copytree(folder / "store", folder / "carried")
    words = ("pack", school, "--term", TERM, "--out")
    run(place, ("--store", "{place}/carried", *words, "{place}/out.xjpack", *SEALED))
    run(place, ("--store", "{place}/laptop", "merge", "{place}/out.xjpack", *SEALED))
    decide(folder / "laptop", school, 1)
    run(place, ("--store", "{place}/laptop", *words, "{place}/back.xjpack", *SEALED))
    run(place, ("--store", "{place}/store", "backup", "--out", "{place}/whole.backup"))
    return school


def decide(root: Path, school: str, number: int) -> None:
    """An inspector's verdict about one of a school's findings."""
    store = Store.open(root)
    with Casebook.open(store) as book:
        desk = Desk(book, store, Actor("王督查", "inspector"), TERM, demo.AS_OF)
        case = [case for case in cases.of_school(book, school, demo.AS_OF) if case.is_waiting][number]
        cases.decide(desk, case.id, {"to": "属实", "note": "看过原件"})


def decisions(root: Path, school: str) -> set[str]:
    """The ids of all events about a school."""
    with Casebook.open(Store.open(root)) as book:
        return {event.id for event in book.events(school, TERM)}


def content(root: Path, school: str, place: Path) -> tuple[str, frozenset[str]]:
    """What a store says: a digest of its findings, and the events of the school."""
    copy = place / "looked-at"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(root, copy)
    case = {"place": str(place)}
    run(case, ("--store", "{place}/looked-at", "check", "--term", TERM, "--as-of", DAY, "--out", "{place}/looked"))
    digest = hashlib.sha256((place / "looked" / TERM / "findings.csv").read_bytes()).hexdigest()
    return digest, frozenset(decisions(copy, school))


def laid_out(folder: Path, place: Path, case: KilledCommand) -> None:
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    shutil.copytree(folder / case.begin, place / "store")
    (place / "inbox").symlink_to(folder / "inbox")
    for name in ("back.xjpack", "whole.backup"):
        shutil.copy(folder / name, place / name)


def faults(place: Path, names: Mapping[str, str], case: KilledCommand, wanted: tuple[str, frozenset[str]]) -> list[str]:
    """What is wrong after the command was run once more; a sentence each."""
    root = case.root(place)
    wrong = []
    try:
        if case.opens:
            run(names, case.opens)
        run({**names, "root": str(root)}, ("--store", "{root}", "verify"))
        if content(root, names["school"], place) != wanted:
            wrong.append("says something else than an undisturbed one")
    except KitFailed as error:
        wrong.append(str(error))
    wrong += [f"left {path}" for path in scratch.left_behind(root)]
    wrong += [f"left {path}" for path in place.glob("**/.*.tmp*")]
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=13)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    dice, rows, trouble = random.Random(asked.seed), [], []
    with tempfile.TemporaryDirectory() as temp:
        folder = Path(temp)
        place = folder / "strike"
        school = make(folder)
        names = {"place": str(place), "school": school}
        for name, case in CASES.items():
            if asked.only and name not in asked.only.split(","):
                continue
            laid_out(folder, place, case)
            whole = run(names, case.words)
            root = case.root(place)
            wanted = content(root, school, place)
            hit = 0
            for _ in range(asked.times):
                laid_out(folder, place, case)
                process = start(names, case.words)
                time.sleep(dice.uniform(0.3, 1.0) * whole)
                hit += process.poll() is None
                os.killpg(process.pid, signal.SIGKILL) if process.poll() is None else None
                process.communicate()
                try:
                    if not (case.whole and (place / case.whole).exists()):
                        run(names, case.words)
                except KitFailed as error:
                    trouble.append(f"{name}: again: {error}")
                    continue
                trouble += [f"{name}: {sentence}" for sentence in faults(place, names, case, wanted)]
            rows.append([name, f"{whole:.1f}", str(asked.times), str(hit)])
            print(f"{name}: {asked.times} strikes, {hit} while it ran, {len(trouble)} faults so far", flush=True)
    print(table(["command", "undisturbed, s", "strikes", "of them while it ran"], rows))
    print("\n".join(trouble) or "nothing lost, nothing left")
    return 1 if trouble else 0


if __name__ == "__main__":
    sys.exit(main())
