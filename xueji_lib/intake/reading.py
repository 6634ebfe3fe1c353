"""The files of an inbox read by processes apart from the run: none of them can end it, whatever is in it.

A file is a task of a pool with limits of time and memory. Whatever becomes of its process, what comes back is a
``FileRead``; a file that the fast reader did not survive is tried once more with nothing but its plainest form.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Final

from xueji_lib.intake import inbox
from xueji_lib.intake.header import Taught
from xueji_lib.intake.inbox import Inbox, InboxFile
from xueji_lib.intake.readers import one_file
from xueji_lib.intake.readers.one_file import FileRead
from xueji_lib.intake.readers.sniff import Form
from xueji_lib.support.pool import Workers
from xueji_lib.support.worker_process import WorkerLost

Progress = Callable[[int, int, str], None]

_MOST_JOBS: Final = 8
_FILES_A_WORKER: Final = 2000
_RESAVE: Final = "请在 Excel 里打开，另存为 xlsx 后重交"
_WARM: Final = ("xueji_lib.intake.readers.one_file",)


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one file: ``seconds`` it may take to read, ``memory`` bytes its process may have. ``jobs``: files that are
    read at a time (0: as many as processors)."""

    seconds: float = 60.0
    memory: int = 2**30
    jobs: int = 0

    def places(self, files: int) -> int:
        return max(1, min(self.jobs or min(os.cpu_count() or 1, _MOST_JOBS), files))


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file, and what was read of it."""

    file: InboxFile
    read: FileRead


@dataclass
class Reading:
    """An inbox whose files are being read. To be used as a block, which ends the processes.

    ``taught``: headers that are known besides; ``maps``: those of them that were taught for this inbox, as they were
    typed. Raises StoreError where there is nothing to read.
    """

    folder: Path
    limits: Limits = field(default_factory=Limits)
    taught: Taught = ()
    maps: Sequence[str] = ()

    def __post_init__(self) -> None:
        self.inbox: Inbox = inbox.look(self.folder)
        self.ignored: list[tuple[str, str]] = list(self.inbox.ignored)
        self._pool = Workers(
            self.limits.places(len(self.inbox.files)),
            self.limits.seconds,
            _WARM,
            tasks_a_worker=_FILES_A_WORKER,
            growth=self.limits.memory // 2,
            memory=self.limits.memory,
            tries=1,
        )
        self._finished: SimpleQueue[Future[FileRead]] = SimpleQueue()
        self._running: dict[Future[FileRead], tuple[InboxFile, bool]] = {}
        for file in sorted(self.inbox.files, key=lambda file: -file.size):  # the longest first, so that none is last
            self._submit(file)

    def __enter__(self) -> Reading:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=kind is None, cancel_futures=True)

    def finish(self, progress: Progress | None = None) -> list[ReadFile]:
        """All files, those in a zip too, in the order of their paths. ``progress``: see ``intake.run``."""
        done: list[ReadFile] = []
        if progress:
            progress(0, len(self._running), "开始读")
        while self._running:
            future = self._finished.get()
            file, careful = self._running.pop(future)
            read = self._outcome(future, file, careful)
            if read is None:
                continue
            done.append(ReadFile(file, read))
            for member in self._members(file, read):
                self._submit(member)
            if progress and self._running:
                progress(len(done), len(done) + len(self._running), file.shown)
        done.sort(key=lambda result: (result.file.relative, result.file.member))
        for number, result in enumerate(done):
            for sheet in result.read.sheets:
                sheet.file = number
        return done

    def again(self, files: Sequence[tuple[int, InboxFile, Taught]]) -> dict[int, FileRead]:
        """These files (by their numbers) read once more, each with these taught headers and no others."""
        futures = {number: self._pool.submit(one_file.read, file, False, taught) for number, file, taught in files}
        result = {}
        for number, future in futures.items():
            error = future.exception()
            result[number] = FileRead(Form.OTHER.value, why=self._why(error)) if error else future.result()
            for sheet in result[number].sheets:
                sheet.file = number
        return result

    def _submit(self, file: InboxFile, careful: bool = False) -> None:
        future = self._pool.submit(one_file.read, file, careful, self.taught)
        self._running[future] = (file, careful)
        future.add_done_callback(self._finished.put)

    def _members(self, file: InboxFile, read: FileRead) -> Sequence[InboxFile]:
        members, ignored = inbox.unpacked(file, read.members)
        self.ignored += ignored
        return members

    def _outcome(self, future: Future[FileRead], file: InboxFile, careful: bool) -> FileRead | None:
        """What was read, or why nothing; None where it is tried once more."""
        error = future.exception()
        if error is None and future.result().why == one_file.TOO_LARGE:
            error = MemoryError()
        if error is None:
            return future.result()
        if not careful and (isinstance(error, MemoryError) or (isinstance(error, WorkerLost) and not error.slow)):
            self._submit(file, careful=True)
            return None
        return FileRead(Form.OTHER.value, why=self._why(error))

    def _why(self, error: BaseException) -> str:
        if isinstance(error, MemoryError) or (isinstance(error, WorkerLost) and error.large):
            return f"{one_file.TOO_LARGE}（内存上限 {self.limits.memory // 2**20} MB，可用 --memory 放宽）"
        if isinstance(error, WorkerLost) and error.slow:
            limit = f"（上限 {self.limits.seconds:g} 秒，可用 --limit 放宽）"
            return f"很久还没读完，已停下{limit}。{_RESAVE}，或分成几个文件"
        if isinstance(error, WorkerLost):
            return f"读到一半读取程序中止了：文件已损坏，或很远的行列上有内容。请删掉多余的行列。{_RESAVE}"
        return f"读这个文件时出错（{type(error).__name__}），没有读。{_RESAVE}；仍不行，请把这句话告诉维护人员"
