"""What is said of a task that was not done: a school's, or a run of somebody's own notebook. No record is quoted."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from xueji_lib.support.errors import XuejiError
from xueji_lib.support.os_reasons import reason_of
from xueji_lib.support.worker_process import WorkerLost

_OF_CLUSTER: Final = {
    "ConnectionError": "和集群的联系断了，没有做。再运行一次，从停下的地方继续",
    "CancelledError": "和集群的联系断过，没有做成。再运行一次，从停下的地方继续",
    "KilledWorker": "做它的 worker 接连意外退出，可能内存不足",
    "OtherKit": "做它的 worker 上的工具箱和本机的不是同一版。请装成一样的再运行",
}
"""What Dask's words mean, by the name of the exception."""


def failed(failure: Exception, out: Path) -> str:
    """Of an error in the task. ``out``: where it writes, unless the error names a file."""
    if isinstance(failure, XuejiError):
        return str(failure)
    if isinstance(failure, OSError):
        return f"写不了 {failure.filename or out}：{reason_of(failure)}"
    return f"程序出错（{type(failure).__name__}）"  # its message may quote a record


def never_ran(how: BaseException) -> str:
    """Of a task that no worker took to its end, by what the executor raised."""
    kind = type(how).__name__
    return _OF_CLUSTER.get(kind, f"工作进程没有做成（{kind}）")


def stopped(how: WorkerLost, limit: float) -> str:
    """Of a task whose worker was stopped after ``limit`` seconds, or died."""
    return f"超过 {limit:g} 秒没有做完，已停止" if how.slow else "运行它的进程意外退出，可能内存不足"
