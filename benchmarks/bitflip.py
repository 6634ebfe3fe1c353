"""One turned bit in a file of a store: noticed, or taken for data? ``python -m benchmarks.bitflip [bits] [store]``.

Without a store, a small county is made. Nothing may be SILENT (read as other data) or a crash (an error that is no
sentence for the user).
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from xueji_lib.judge import shelf
from xueji_lib.judge.results import Results
from xueji_lib.store import Store
from xueji_lib.support.errors import XuejiError

REFUSED, NO_EFFECT, SILENT, CRASH = "refused", "no effect", "SILENT", "crash"
FRAMES = ("findings", "coverage", "mismatches")


@contextmanager
def turned(file: Path, place: int, bit: int) -> Iterator[None]:
    """The file with one bit turned over."""
    whole = file.read_bytes()
    content = bytearray(whole)
    content[place] ^= 1 << bit
    file.write_bytes(content)
    try:
        yield
    finally:
        file.write_bytes(whole)


def tried(file: Path, bits: int, seed: int, read: Callable[[], Any], same: Callable[[Any, Any], bool]) -> Counter[str]:
    """What came of turning ``bits`` bits, one at a time. ``read`` raises an error for the user, or gives None, where it
    refuses the file."""
    rng, want = random.Random(seed), read()
    outcomes: Counter[str] = Counter()
    for _ in range(bits):
        with turned(file, rng.randrange(file.stat().st_size), rng.randrange(8)):
            try:
                answer = read()
                outcome = REFUSED if answer is None else NO_EFFECT if same(answer, want) else SILENT
            except XuejiError:
                outcome = REFUSED
            except Exception:  # noqa: BLE001 that there is none is what is measured
                outcome = CRASH
        outcomes[outcome] += 1
    return outcomes


def of_segment(store: Path, term: str, table: str, bits: int, seed: int = 5) -> Counter[str]:
    """The first segment of a table."""
    file = min((store / term / "segments").glob(f"*-{table}.parquet"))
    return tried(file, bits, seed, lambda: Store.open(store).read(term, table), lambda a, b: bool(a.equals(b)))


def of_answer(store: Path, term: str, frame: str, bits: int, seed: int = 5) -> Counter[str]:
    """A frame of the newest answer; None (judged again) counts as refused."""
    answer = shelf.newest(Store.open(store), term)
    assert answer is not None

    def read() -> Any:
        found = shelf.newest(Store.open(store), term)
        return None if found is None else getattr(found, frame)

    return tried(answer.folder / f"{frame}.parquet", bits, seed, read, lambda a, b: bool(a.equals(b)))


def of_json(file: Path, bits: int, read: Callable[[], Any], seed: int = 5) -> Counter[str]:
    """A JSON file of the store or an answer; ``read`` gives what is to stay the same."""
    return tried(file, bits, seed, read, lambda a, b: bool(a == b))


def jsons(store: Path, term: str, answer: Results) -> dict[str, tuple[Path, Callable[[], Any]]]:
    """The store's JSON: what it is called, where it lies, and what asks for it."""
    folder = store / term

    def said() -> Any:
        opened = Store.open(store)
        return opened.terms(), opened.tables(term), opened.fingerprint(term)

    def noted() -> Any:
        newest = shelf.newest(Store.open(store), term)
        return None if newest is None else (newest.fingerprint, newest.edition)

    return {
        "xueji-store.json": (store / "xueji-store.json", said),
        "current.json": (folder / "current.json", said),
        "current-copy.json": (folder / "current-copy.json", said),
        "intakes/000001.json": (folder / "intakes" / "000001.json", lambda: Store.open(store).history(term)),
        "results/…/current.json": (answer.folder.parent / "current.json", noted),
    }


def county(folder: Path) -> Path:
    """A store of the smallest demonstration, judged."""
    from xueji_lib import demo
    from xueji_lib.intake import run
    from xueji_lib.register.calendar import Calendar

    demo.make(folder / "demo", schools=6, seed=2026)
    store = Store(folder / "store")
    for term in (demo.PREVIOUS_TERM, demo.TERM):
        run(folder / "demo" / "inbox" / term, store, term, Calendar.load())
    shelf.obtain(store, demo.INSPECTION)
    return store.root


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bits", nargs="?", type=int, default=150)
    parser.add_argument("store", nargs="?", type=Path, help="of which a copy is judged and damaged, bit by bit")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="xueji-bitflip-") as temp:
        store = options.store or county(Path(temp))
        term = Store.open(store).terms()[-1]
        answer = shelf.newest(Store.open(store), term)
        if answer is None:
            raise SystemExit(f"{store}: not judged yet")
        total: Counter[str] = Counter()
        for name, outcomes in _all(store, term, answer, options.bits):
            print(f"{name:28} {dict(outcomes)}", flush=True)
            total += outcomes
    print(f"{'all':28} {dict(total)}")
    return int(bool(total[SILENT] or total[CRASH]))


def _all(store: Path, term: str, answer: Results, bits: int) -> Iterator[tuple[str, Counter[str]]]:
    for table in ("register", "headcount", "schools"):
        yield f"segment {table}", of_segment(store, term, table, bits)
    for frame in FRAMES:
        yield f"answer {frame}", of_answer(store, term, frame, bits)
    for name, (file, read) in jsons(store, term, answer).items():
        yield name, of_json(file, bits, read)


if __name__ == "__main__":
    sys.exit(main())
