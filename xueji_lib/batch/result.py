"""What a batch did so far, for the manifest, the screen and whoever called it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from xueji_lib.batch.manifest import Entry, Manifest
from xueji_lib.batch.school_task import Outcome, Task, lost
from xueji_lib.support.clock import add, spoken


@dataclass(frozen=True, slots=True)
class Failure:
    """A school that failed, and why; without an id, the county's own files."""

    school_id: str
    name: str
    why: str

    def __str__(self) -> str:
        return f"{self.name}（{self.school_id}）：{self.why}" if self.school_id else f"{self.name}：{self.why}"


@dataclass
class BatchResult:
    """What a batch did; ``done`` and ``skipped`` are school ids."""

    folder: Path | str
    done: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    crashed_rules: list[str] = field(default_factory=list)
    interrupted: bool = False
    trouble: str = ""
    """Why the manifest is not whole; the next run does again what it does not know of."""
    seconds: float = 0.0
    stages: dict[str, float] = field(default_factory=dict)
    school_stages: dict[str, float] = field(default_factory=dict)
    """Seconds of the batch's own steps; and of the schools' steps, all schools and workers together."""

    @property
    def left_out(self) -> bool:
        """Something was left out or failed: exit status 4."""
        return bool(self.failed or self.crashed_rules or self.interrupted or self.trouble)

    def lines(self) -> list[str]:
        """The summary for the screen; which schools failed is in ``failed``."""
        schools = sum(bool(failure.school_id) for failure in self.failed)  # the county's own files are no school
        total = f"完成 {len(self.done)} 所，跳过 {len(self.skipped)} 所（没有变化），失败 {schools} 所"
        shown = [f"{total}，用时 {spoken(self.seconds)}。成果在 {self.folder}"]
        if self.stages:
            shown.append("各步用时：" + "，".join(f"{name} {spoken(took)}" for name, took in self.stages.items()))
        if self.done and self.school_stages:
            each = "，".join(f"{name} {1000 * took / len(self.done):.0f}" for name, took in self.school_stages.items())
            shown.append(f"平均每校（毫秒）：{each}")
        if self.crashed_rules:
            shown.append(f"有检查出错，没有查成：{'、'.join(self.crashed_rules)}。原因见 coverage.csv")
        if self.trouble:
            shown.append(f"清单没有写全，再次运行时没记下的学校会重做。{self.trouble}")
        if self.interrupted:
            shown.append("中途停止：已完成的都在，再次运行从停下的地方继续")
        return shown


@dataclass
class Watch:
    """Notes every outcome at once: in the result, in the manifest, to whoever watches."""

    result: BatchResult
    manifest: Manifest
    progress: Callable[[int, int, str], None] | None
    total: int
    started: float = field(default_factory=time.monotonic)

    def note(self, task: Task, outcome: Outcome | BaseException, /) -> None:
        if isinstance(outcome, BaseException):
            outcome = lost(task, outcome)
        if outcome.error:
            self.result.failed.append(Failure(task.school_id, task.name, outcome.error))
        else:
            self.result.done.append(task.school_id)
            add(self.result.school_stages, outcome.stages)
        self.manifest.put(task.school_id, Entry.of(task.name, task.fingerprint, outcome.seconds, outcome.error))
        self.tell(task.name)

    def tell(self, school: str) -> None:
        if self.progress is None:
            return
        made = self.result
        ran = len(made.done) + len(made.failed)
        finished = ran + len(made.skipped)
        said = [school] if school else []
        said += [f"失败 {len(made.failed)}"] if made.failed else []
        said += [f"跳过 {len(made.skipped)}"] if made.skipped else []
        if ran and finished < self.total:
            said.append(f"约剩 {spoken((time.monotonic() - self.started) / ran * (self.total - finished))}")
        self.progress(finished, self.total, "，".join(said))
