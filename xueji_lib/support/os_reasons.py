"""What the system says when it cannot read or write, in Chinese and with the path."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

REASONS: Final = {
    errno.EACCES: "没有权限，或文件正被别的程序打开。请关闭它后再试",
    errno.EPERM: "没有权限",
    errno.ENOSPC: "磁盘满了。请腾出空间再做一次",
    errno.EDQUOT: "磁盘的配额用完了。请腾出空间再做一次",
    errno.EFBIG: "文件太大，磁盘或系统不许写这么大的文件",
    errno.EROFS: "所在磁盘只读",
    errno.ENOENT: "找不到",
    errno.ENOTDIR: "路径里有一段是文件，不是文件夹",
    errno.EISDIR: "是文件夹，不是文件",
    errno.EEXIST: "已有同名的文件",
    errno.ENOTEMPTY: "文件夹里还有东西",
    errno.ENAMETOOLONG: "路径太长，请换一个短的文件夹",
    errno.EIO: "磁盘读写出错，可能坏了或没有插好",
    errno.EMFILE: "打开的文件太多，请关掉别的程序再试",
    errno.ETXTBSY: "文件正被别的程序使用",
    errno.EBUSY: "正被别的程序使用",
}
_WRITTEN: Final = re.compile(r"\[Errno (\d+)\][^:]*(?:: '([^']+)')?")


def reason_of(error: OSError) -> str:
    """Why it did not go, in a few Chinese words."""
    return REASONS.get(error.errno or 0, "") or f"系统不许（{error.strerror or type(error).__name__}）"


def sentence_of(text: str) -> str:
    """The message of an OSError that came as text, from another process; "" where it is none that is known."""
    found = _WRITTEN.search(text)
    reason = REASONS.get(int(found[1])) if found else None
    return f"{found[2]}：{reason}" if found and reason and found[2] else reason or ""


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """An OSError out of the block names a path: writing to an open file does not say which one it is."""
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno:
            error.filename = os.fspath(path)
        raise
