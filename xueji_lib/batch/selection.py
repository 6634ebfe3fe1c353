"""Which schools a batch makes: those of new inputs, and those whose files are not what was written."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from xueji_lib.batch import edited_papers
from xueji_lib.batch.manifest import Manifest
from xueji_lib.batch.result import BatchResult, Failure, Remade
from xueji_lib.batch.school_task import Task
from xueji_lib.support.os_reasons import reason_of


@dataclass(frozen=True, slots=True)
class Selection:
    """What to make. ``only``: ids of the schools that are asked for, None for all; ``force``: nothing is skipped;
    ``every_byte``: the digest of every file is compared, not size and time alone."""

    only: Collection[str] | None = None
    force: bool = False
    every_byte: bool = False

    def schools(self, tasks: Iterable[Task], manifest: Manifest, result: BatchResult) -> list[Task]:
        """The tasks to do; skipped schools, and those made again and why, are noted in ``result``."""
        todo = []
        for task in tasks:
            school_id = task.school_id
            if self.only is not None and school_id not in self.only:
                continue
            is_current = not self.force and manifest.is_done(school_id, task.fingerprint)
            damaged = manifest.damaged(school_id, every_byte=self.every_byte)
            if is_current and not damaged:
                result.skipped.append(school_id)
                continue
            try:
                save_edited(manifest, f"schools/{school_id}", damaged, result)
            except OSError as failure:
                result.failed.append(Failure(school_id, task.name, unsaved(failure)))
                continue
            if is_current:
                result.remade[school_id] = Remade(task.name, damaged)
            todo.append(task)
        return todo

    def county(self, manifest: Manifest, mark: str, result: BatchResult) -> bool:
        """Whether the county's own files have to be written; where their inputs are the same, the reason is noted in
        ``result``. Raises OSError where what people changed cannot be copied."""
        is_current = not self.force and manifest.has_county(mark)
        damaged = manifest.damaged_county(every_byte=self.every_byte)
        if is_current and not damaged:
            return False
        save_edited(manifest, "", damaged, result)
        if is_current:
            result.remade[""] = Remade("全县汇总", damaged)
        return True


def save_edited(manifest: Manifest, below: str, damaged: Iterable[str], result: BatchResult) -> None:
    """Copy what people changed and note the copies in ``result``. Behind a URL there are none: the files are not on
    this machine."""
    if manifest.out is None:
        folder: Path = manifest.file.parent / below
        result.saved_copies += [str(copy) for copy in edited_papers.save_copies(folder, damaged)]


def unsaved(failure: OSError) -> str:
    """Why something was not made again."""
    return f"改过的文件另存不了（{failure.filename}：{reason_of(failure)}），所以没有重做。请腾出空间或关闭文件后再运行"
