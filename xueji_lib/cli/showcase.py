"""``xueji demo``: makes a synthetic county, imports and judges it, in a folder of its own."""

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
"""A file that marks a folder made by ``xueji demo``: only such a folder is emptied and made again."""


@dataclass(frozen=True)
class DemoFolder:
    """The folders of a demonstration."""

    root: Path
    store: Path

    @property
    def inbox(self) -> Path:
        """The synthetic county's files, a folder a term."""
        return self.root / "inbox"

    @property
    def truth(self) -> Path:
        """What was planted, as CSV."""
        return self.root / "truth"

    @property
    def out(self) -> Path:
        """The deliverables."""
        return self.root / "out"


def prepare(folder: Path, store: Path | None = None) -> DemoFolder:
    """Empty folders for a demonstration. ``store``: the store named by the user, else ``folder/store``.

    Raises UsageError where the folder holds anything but an earlier demonstration: synthetic people must
    never be mixed with real ones.
    """
    demo_folder = DemoFolder(folder, store or folder / "store")
    line = f"数据仓：{demo_folder.store.resolve()}"
    mark_text = _text(folder / MARK)
    for root, is_demo in ((folder, bool(mark_text)), (demo_folder.store, line in mark_text.splitlines())):
        if root.exists() and not root.is_dir():
            raise UsageError(f"{root} 是文件，不是文件夹")
        if root.is_dir() and any(root.iterdir()) and not is_demo:
            raise UsageError(f"{root} 里已经有别的东西。演示用的是编造的数据，请给它一个空文件夹")
    for part in (demo_folder.inbox, demo_folder.truth, demo_folder.out, demo_folder.store):
        shutil.rmtree(part, ignore_errors=True)
        if part.exists():
            raise UsageError(f"换不掉以前的演示 {part}：里面有文件正被打开，请关闭后再试")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text(f"xueji demo 造的假想数据，人名、号码都是编的。再次演示时会换掉。\n{line}\n", "utf-8")
    return demo_folder


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except OSError:
        return ""


def run(
    demo_folder: DemoFolder,
    schools: int,
    seed: int,
    say: Callable[[str], None],
    progress: Callable[[str], AbstractContextManager[Callable[[int, int, str], None]]],
) -> BatchResult:
    """Make the county, import both its terms, judge it. ``say`` is called with a line for each step that is done."""
    from xueji_lib import batch, demo, intake
    from xueji_lib.casebook.workplace import Workplace
    from xueji_lib.intake import report_book
    from xueji_lib.store import Store

    demo.make(demo_folder.root, schools=schools, seed=seed)
    say(f"造好 {schools} 所学校的表册：{demo_folder.inbox}")
    store, calendar = Store(demo_folder.store), Calendar.load()
    for term in (demo.PREVIOUS_TERM, demo.TERM):
        with progress(f"导入 {term}") as report:
            intake_report = intake.run(demo_folder.inbox / term, store, term, calendar, progress=report)
        workbook = demo_folder.root / f"导入报告-{term}.xlsx"
        report_book.write(intake_report, workbook)
        say(f"导入 {term}{'（有意放进的坏文件、坏格列在报告里）' if intake_report.left_out else ''}：{workbook}")
    with progress("逐校出结果") as report:
        # Its own casebook, whatever the environment names: made-up findings are not entered among real ones.
        return batch.run(Workplace(store), demo.INSPECTION, demo_folder.out, progress=report)
