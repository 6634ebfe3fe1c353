"""``xueji demo``: a synthetic county made, taken in and judged, in a folder of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from xueji_lib.register.calendar import Calendar
from xueji_lib.support.errors import UsageError

if TYPE_CHECKING:
    from xueji_lib.batch.result import BatchResult

MARK = "这是演示.txt"
"""Stands in a folder that ``xueji demo`` made: only such a folder is emptied and made again."""


@dataclass(frozen=True)
class Place:
    """Where the parts of a demonstration are."""

    root: Path
    store: Path

    @property
    def inbox(self) -> Path:
        return self.root / "inbox"

    @property
    def truth(self) -> Path:
        return self.root / "truth"

    @property
    def out(self) -> Path:
        return self.root / "out"


def prepare(folder: Path, store: Path | None = None) -> Place:
    """An empty place for a demonstration. ``store``: the store named by the user, else ``folder/store``.

    Raises UsageError where the folder holds anything that is no earlier demonstration: synthetic people must
    never come to lie among real ones.
    """
    place = Place(folder, store or folder / "store")
    line = f"数据仓：{place.store.resolve()}"
    ours = _text(folder / MARK)
    for root, known in ((folder, bool(ours)), (place.store, line in ours.splitlines())):
        if root.exists() and not root.is_dir():
            raise UsageError(f"{root} 是文件，不是文件夹")
        if root.is_dir() and any(root.iterdir()) and not known:
            raise UsageError(f"{root} 里已经有别的东西。演示用的是编造的数据，请给它一个空文件夹")
    for part in (place.inbox, place.truth, place.out, place.store):
        shutil.rmtree(part, ignore_errors=True)
        if part.exists():
            raise UsageError(f"换不掉以前的演示 {part}：里面有文件正被打开，请关闭后再试")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text(f"xueji demo 造的假想数据，人名、号码都是编的。再次演示时会换掉。\n{line}\n", "utf-8")
    return place


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except OSError:
        return ""


def run(
    place: Place,
    schools: int,
    seed: int,
    say: Callable[[str], None],
    progress: Callable[[str], AbstractContextManager[Callable[[int, int, str], None]]],
) -> BatchResult:
    """Make the county, take in both its terms, judge it. ``say`` gets a line for each step that is done."""
    from xueji_lib import batch, demo, intake
    from xueji_lib.store import Store

    demo.make(place.root, schools=schools, seed=seed)
    say(f"造好 {schools} 所学校的表册：{place.inbox}")
    store, calendar = Store(place.store), Calendar.load()
    for term in (demo.PREVIOUS_TERM, demo.TERM):
        with progress(f"导入 {term}") as report:
            taken = intake.run(place.inbox / term, store, term, calendar, progress=report)
        workbook = place.root / f"导入报告-{term}.xlsx"
        taken.write_workbook(workbook)
        say(f"导入 {term}{'（有意放进的坏文件、坏格列在报告里）' if taken.left_out else ''}：{workbook}")
    with progress("逐校出结果") as report:
        return batch.run(place.store, demo.TERM, demo.AS_OF, place.out, progress=report)
