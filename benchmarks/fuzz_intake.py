"""Mutated files of all formats, taken in as an inbox is: nothing may end the run, leave a traceback or pass the limits.

A file is flipped (bytes changed), cut (a part taken out or doubled), spliced (with another of its format) or, where it
is a zip, has one of its parts treated so and is packed again. What is counted: ends of the run, errors of the kit
itself (tracebacks), files over the limit of time; and apart from these, files that cost the process that read them,
which is what it is for. All from one seed.

    python -m benchmarks.fuzz_intake [--files 20000] [--seed 1] [--limit 5] [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import io
import random
import sys
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from xueji_lib import intake
from xueji_lib.intake.reading import Limits
from xueji_lib.register.calendar import Calendar
from xueji_lib.store import Store

TERM = "2026-2027-1"
DIRECTORY = "学校标识码,学校名称,办学类型,城乡类别,所属乡镇\n2164000001,城关第一小学,小学,城区,城关镇\n"
_BATCH = 500
"""Files that are read together."""


@dataclass
class Tally:
    """``files``: taken in; of them ``tables`` with a table, ``refused`` as D01. By name what must not be: ``ended`` the
    run, ``stumbled`` (an error of the reader), ``slow``. ``lost``: the process that read it died, which costs that
    file alone."""

    files: int = 0
    tables: int = 0
    refused: int = 0
    ended: list[str] = field(default_factory=list)
    stumbled: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    @property
    def bad(self) -> list[str]:
        return self.ended + self.stumbled + self.slow


# ---- mutations ----


def flipped(data: bytes, rng: random.Random) -> bytes:
    """A few bytes changed: any value, or one that ends or repeats things."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        at = rng.randrange(len(out))
        out[at] = rng.choice((rng.randrange(256), 0, 255, out[at] ^ 1 << rng.randrange(8)))
    return bytes(out)


def cut(data: bytes, rng: random.Random) -> bytes:
    """The end is gone, or a piece from within, or a piece is there twice."""
    a, b = sorted((rng.randrange(len(data)), rng.randrange(len(data))))
    return rng.choice((data[:b], data[:a] + data[b:], data[:b] + data[a:]))


def spliced(data: bytes, other: bytes, rng: random.Random) -> bytes:
    """A piece of another file in the place of one's own."""
    size = rng.randrange(1, max(len(data) // 4, 2))
    at, source = rng.randrange(len(data)), rng.randrange(len(other))
    return data[:at] + other[source : source + size] + data[at + size :]


def inside(data: bytes, other: bytes, rng: random.Random) -> bytes:
    """A zip with one part mutated, or exchanged for one of another; any other file spliced."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        with zipfile.ZipFile(io.BytesIO(other)) as archive:
            strange = archive.read(rng.choice(archive.namelist()))
    except (zipfile.BadZipFile, OSError, IndexError):
        return spliced(data, other, rng)
    name = rng.choice([name for name, part in parts.items() if part] or [""])
    part = parts[name]
    parts[name] = rng.choice((flipped(part, rng), cut(part, rng), spliced(part, strange or b"x", rng), strange))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", rng.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED))) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return out.getvalue()


def mutated(seeds: dict[str, bytes], number: int, seed: int) -> tuple[str, bytes]:
    """The ``number``-th file: its name and bytes, the same for the same seed."""
    rng = random.Random(f"{seed}/{number}")
    name = rng.choice(sorted(seeds))
    data, other = seeds[name], seeds[rng.choice(sorted(seeds))]
    ways: tuple[Callable[[], bytes], ...] = (
        lambda: flipped(data, rng),
        lambda: cut(data, rng),
        lambda: spliced(data, other, rng),
        lambda: inside(data, other, rng),
        lambda: inside(data, other, rng),
    )
    return f"{number:05d}-{name}", rng.choice(ways)()


# ---- the run ----


def run(seeds: dict[str, bytes], numbers: Sequence[int], seed: int, limit: float, keep: Path | None = None) -> Tally:
    """Mutate and take in, many files in one inbox; ``keep``: where the files that went wrong are laid."""
    tally = Tally()
    for start in range(0, len(numbers), _BATCH):
        files = dict(mutated(seeds, number, seed) for number in numbers[start : start + _BATCH])
        _take_in(files, limit, tally)
        if keep is not None:
            keep.mkdir(parents=True, exist_ok=True)
            for name in files.keys() & {*tally.bad, *tally.lost}:
                (keep / name).write_bytes(files[name])
    return tally


def _take_in(files: dict[str, bytes], limit: float, tally: Tally) -> None:
    with tempfile.TemporaryDirectory() as place:
        inbox = Path(place, "收件")
        inbox.mkdir()
        (inbox / "学校名录.csv").write_text(DIRECTORY, "utf-8")
        for name, data in files.items():
            (inbox / name).write_bytes(data)
        try:
            report = intake.run(inbox, Store(Path(place, "store")), TERM, Calendar.load(), limits=Limits(limit))
        except Exception as error:  # noqa: BLE001 - whatever ends the run is what is looked for
            traceback.print_exc()
            tally.ended += [f"{name}（{type(error).__name__}）" for name in files]
            return
    named = {file.file.partition("/")[0] for file in report.files}
    tally.ended += sorted(files.keys() - named)  # lost from the report
    tally.files += len(files)
    tally.tables += sum(any(sheet.table for sheet in file.sheets) for file in report.files) - 1
    for problem in report.problems:
        tally.refused += problem.code == "D01"
        for words, names in (("很久还没读完", tally.slow), ("时出错（", tally.stumbled), ("程序中止了", tally.lost)):
            if words in problem.message:
                names.append(problem.file)


def seeds() -> dict[str, bytes]:
    """One good file of every format and dialect, each with a register of thirty pupils."""
    from tests.intake import boxes, raw_books

    rows = boxes.register(30)
    headcount = [
        ["学校标识码", "年级", "班号", "姓名", "在校情况"],
        *([r[0], "3", "1", r[1], "在校"] for r in rows[1:]),
    ]
    plain = {
        "a.csv": boxes.text(rows), "b.csv": boxes.text(rows, "gb18030"), "c.txt": boxes.text(rows, "utf-16", "\t"),
        "d.xls": boxes.text(rows, "gb18030", "\t"), "e.xls": boxes.html(rows), "f.xls": boxes.xls(rows),
        "g.xlsx": boxes.xlsx(("名册", rows), ("核对", headcount), merges=[(1, 0, 30, 0, boxes.FIRST)]),
        "h.xlsb": raw_books.xlsb(rows, broken=[(2, 4)]), "i.ods": raw_books.ods(rows, unsolved=[(3, 4)]),
        "j.xls": raw_books.in_container(raw_books.old_records(rows)), "k.xls": raw_books.old_records(rows),
    }  # fmt: skip
    dialects = {f"x{n}.xlsx": raw_books.workbook(rows, d) for n, d in enumerate(raw_books.DIALECTS.values())}
    broken = [list(row) for row in rows]
    broken[3][4], broken[4][4] = raw_books.ERROR, raw_books.UNSOLVED
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("b.csv", "g.xlsx"):
            archive.writestr(f"第一小学/{name}", plain[name])
    return {**plain, **dialects, "y.xlsx": raw_books.workbook(broken), "z.zip": out.getvalue()}


def _blocks(files: int) -> Iterator[range]:
    for start in range(0, files, 2000):
        yield range(start, min(start + 2000, files))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=float, default=5.0, help="秒，一个文件")
    parser.add_argument("--keep", type=Path, help="出了错的文件放在这里")
    options = parser.parse_args(argv)
    good, total, started = seeds(), Counter[str](), time.monotonic()
    for block in _blocks(options.files):
        tally = run(good, block, options.seed, options.limit, options.keep)
        total.update(files=tally.files, tables=tally.tables, refused=tally.refused)
        total.update(lost=len(tally.lost), slow=len(tally.slow), stumbled=len(tally.stumbled), ended=len(tally.ended))
        seconds = time.monotonic() - started
        print(f"{total['files']} 个，{seconds:.0f} 秒：认出表 {total['tables']}，不收 {total['refused']}", flush=True)
        bad = (("整次中断", tally.ended), ("出错", tally.stumbled), ("超时", tally.slow), ("读取进程中止", tally.lost))
        for words, names in bad:
            if names:
                print(f"  {words}：{'、'.join(names[:10])}", flush=True)
    print(
        f"整次中断 {total['ended']}，程序出错 {total['stumbled']}，超过 {options.limit:g} 秒 {total['slow']}，"
        f"读取进程中止（只失那一个文件）{total['lost']}"
    )
    return 1 if total["ended"] + total["slow"] + total["stumbled"] else 0


if __name__ == "__main__":
    sys.exit(main())
