"""The server's log: a file in the store's ``logs`` that never grows without end, in Chinese, for whoever looks after
the machine. Numbers are masked; who did what is in the audit trail, not here."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

from xueji_lib.register.masking import mask_sentence
from xueji_lib.support.os_reasons import reason_of
from xueji_lib.support.private import private_folder

FILE: Final = "xueji.log"
_BYTES: Final = 2 * 2**20
_KEPT: Final = 5
_LEVELS: Final = {logging.INFO: "记录", logging.WARNING: "提醒", logging.ERROR: "错误", logging.CRITICAL: "错误"}


class _Masked(logging.Formatter):
    """A line: time, level in Chinese, what happened; tracebacks are elsewhere (``support.crash``)."""

    def format(self, record: logging.LogRecord) -> str:
        level = _LEVELS.get(record.levelno, record.levelname)
        text = mask_sentence(" ".join(record.getMessage().split()))
        return f"{self.formatTime(record, '%Y-%m-%d %H:%M:%S')} {level} {text}"


class _PrivateFile(RotatingFileHandler):
    """Only its owner can read it, whatever the umask says."""

    def _open(self) -> TextIOWrapper:
        handle = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return os.fdopen(handle, "a", encoding="utf-8")


@contextmanager
def kept(folder: Path) -> Iterator[None]:
    """While the block runs, what the kit logs goes to ``FILE`` in the folder, warnings to the screen as well."""
    log, level = logging.getLogger("xueji"), logging.getLogger("xueji").level
    screen = logging.StreamHandler()
    screen.setLevel(logging.WARNING)
    handlers: list[logging.Handler] = [screen]
    why = ""
    try:
        private_folder(folder)
        handlers.append(_PrivateFile(folder / FILE, maxBytes=_BYTES, backupCount=_KEPT, encoding="utf-8"))
    except OSError as error:
        why = f"日志写不了 {folder / FILE}：{reason_of(error)}。网页照常，只是没有日志"
    for handler in handlers:
        handler.setFormatter(_Masked())
        log.addHandler(handler)
    log.setLevel(logging.INFO)
    if why:
        log.warning("%s", why)
    try:
        yield
    finally:
        log.setLevel(level)
        for handler in handlers:
            log.removeHandler(handler)
            handler.close()
