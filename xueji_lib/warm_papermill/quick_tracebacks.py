"""Long tracebacks as soon as in a fresh kernel.

For each frame of a traceback ``inspect.getmodule`` looks through all modules for the file of the frame. A cell's code
lies in no module's file, so that it is looked for in vain each time; a warm process has several times the modules of a
fresh kernel, and a RecursionError thousands of frames.
"""

from __future__ import annotations

import contextlib
import inspect
import sys
from collections.abc import Iterator
from types import CodeType, FrameType, TracebackType
from typing import Any


@contextlib.contextmanager
def remembering() -> Iterator[None]:
    """While the block lasts, a file that no module has is not looked for again until another module is loaded."""
    look_up: Any = inspect.getmodule
    in_no_module: dict[str, int] = {}  # file → how many modules there were

    def getmodule(object: Any, _filename: str | None = None) -> Any:
        file = _file_of(object)
        if file and in_no_module.get(file) == len(sys.modules):
            return None
        module = look_up(object, _filename)
        if file and module is None:
            in_no_module[file] = len(sys.modules)
        return module

    inspect.getmodule = getmodule
    try:
        yield
    finally:
        inspect.getmodule = look_up


def _file_of(asked: Any) -> str:
    """The file of a piece of running code; "" for anything else."""
    if isinstance(asked, TracebackType):
        asked = asked.tb_frame
    if isinstance(asked, FrameType):
        asked = asked.f_code
    return asked.co_filename if isinstance(asked, CodeType) else ""
