"""What a batch has done so far, for the manifest, the screen and the caller."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from xueji_lib.batch.manifest import Manifest
from xueji_lib.batch.manifest_content import SchoolRecord
from xueji_lib.batch.school_task import Outcome, Task, outcome_without_worker
from xueji_lib.support.clock import add, spoken


@dataclass(frozen=True, slots=True)
class Failure:
    """A school that failed, and why; without an id, the county's own files."""

    school_id: str
    name: str
    why: str

    def __str__(self) -> str:
        return f"{self.name}（{self.school_id}）：{self.why}" if self.school_id else f"{self.name}：{self.why}"


@dataclass(frozen=True, slots=True)
class Remade:
    """Made again from the same inputs: what was wrong with which file."""

    name: str
    files: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.name}：" + "，".join(f"{file} {why}" for file, why in self.files.items())


ENTERED: Final = "已计入核查台账"
_LISTED: Final = 10


@dataclass
class BatchResult:
    """What a batch did; ``done`` and ``skipped`` are school ids."""

    folder: Path | str
    done: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    remade: dict[str, Remade] = field(default_factory=dict)
    """By school id ("" for the county's own files): made again because files were not what was written."""
    saved_copies: list[str] = field(default_factory=list)
    """Copies of papers that were not what was written, so may be people's work, before they were made again."""
    unreadable: bool = False
    """There was a manifest that could not be read, so that all was made again."""
    crashed_rules: list[str] = field(default_factory=list)
    look: str = ""
    """Why the findings did not enter the casebook, a Chinese sentence; "" where they did."""
    interrupted: bool = False
    trouble: str = ""
    """Why the manifest is not whole; the next run does again what it does not know of."""
    seconds: float = 0.0
    stages: dict[str, float] = field(default_factory=dict)
    school_stages: dict[str, float] = field(default_factory=dict)
    """Seconds of the batch's own steps; and of the schools' steps, all schools and workers together."""

    @property
    def left_out(self) -> bool:
        """Whether something was left out or failed: exit status 4."""
        return bool(self.failed or self.crashed_rules or self.interrupted or self.trouble)

    def lines(self) -> list[str]:
        """The summary for the screen; which schools failed is in ``failed``."""
        schools = sum(bool(failure.school_id) for failure in self.failed)  # the county's own files are no school
        total = f"完成 {len(self.done)} 所，跳过 {len(self.skipped)} 所（没有变化），失败 {schools} 所"
        lines = [f"{total}，用时 {spoken(self.seconds)}。成果在 {self.folder}"]
        lines += self._again()
        if self.stages:
            lines.append("各步用时：" + "，".join(f"{name} {spoken(took)}" for name, took in self.stages.items()))
        if self.done and self.school_stages:
            each = "，".join(f"{name} {1000 * took / len(self.done):.0f}" for name, took in self.school_stages.items())
            lines.append(f"平均每校（毫秒）：{each}")
        if self.crashed_rules:
            lines.append(f"有检查出错，没有查成：{'、'.join(self.crashed_rules)}。原因见 coverage.csv")
        if self.trouble:
            lines.append(f"清单没有写全，再次运行时没记下的学校会重做。{self.trouble}")
        if self.interrupted:
            lines.append("中途停止：已完成的都在，再次运行从停下的地方继续")
        return lines

    def _again(self) -> list[str]:
        """Lines on what was made again from the same inputs, and on copies of people's changes."""
        lines = ["原来的 manifest.json 读不出来（损坏），所以都重做了一遍"] if self.unreadable else []
        if self.remade:
            listed = [f"  {remade}" for remade in list(self.remade.values())[:_LISTED]]
            more = len(self.remade) - len(listed)
            lines += ["这些成果文件不是当时写的样子，已重做：", *listed]
            lines += [f"  还有 {more} 处，原因都记在 manifest.json"] if more else []
        if self.saved_copies:
            lines.append(f"换掉的文件里，这 {len(self.saved_copies)} 个可能有人填过、改过，原样另存了一份：")
            lines += [f"  {copy}" for copy in self.saved_copies[:_LISTED]]
            lines += ["  ……都在各自的“替换前”文件夹里"] if len(self.saved_copies) > _LISTED else []
        return lines


@dataclass
class OutcomeRecorder:
    """Records every outcome as it comes: in the result, in the manifest, and by calling ``progress``."""

    result: BatchResult
    manifest: Manifest
    progress: Callable[[int, int, str], None] | None
    total: int
    started: float = field(default_factory=time.monotonic)

    def note(self, task: Task, outcome: Outcome | BaseException, /) -> None:
        """Record one school: its outcome, or the exception that took its worker away."""
        if isinstance(outcome, BaseException):
            outcome = outcome_without_worker(task, outcome)
        if outcome.error:
            self.result.failed.append(Failure(task.school_id, task.name, outcome.error))
        else:
            self.result.done.append(task.school_id)
            add(self.result.school_stages, outcome.stages)
        self.manifest.put(task.school_id, self._entry(task, outcome))
        self.tell(task.name)

    def _entry(self, task: Task, outcome: Outcome) -> SchoolRecord:
        if outcome.error:
            return SchoolRecord(task.name, "失败", task.fingerprint, outcome.seconds, error=outcome.error)
        again = self.result.remade.get(task.school_id)
        return SchoolRecord(
            task.name,
            "完成",
            task.fingerprint,
            outcome.seconds,
            tuple(outcome.files),
            files=outcome.files,
            remade=again.files if again else {},
        )

    def tell(self, school: str) -> None:
        """Call ``progress`` with the figures so far."""
        if self.progress is None:
            return
        result = self.result
        ran = len(result.done) + len(result.failed)
        finished = ran + len(result.skipped)
        parts = [school] if school else []
        parts += [f"失败 {len(result.failed)}"] if result.failed else []
        parts += [f"跳过 {len(result.skipped)}"] if result.skipped else []
        parts += [f"重做 {len(result.remade)}"] if result.remade else []
        if ran and finished < self.total:
            parts.append(f"约剩 {spoken((time.monotonic() - self.started) / ran * (self.total - finished))}")
        self.progress(finished, self.total, "，".join(parts))
