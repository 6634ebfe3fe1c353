"""One file of the inbox: bytes in, raw sheets out. Runs in a process of its own that may be stopped at any time."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from xueji_lib.intake import header, inbox, sheet
from xueji_lib.intake.inbox import InboxFile
from xueji_lib.intake.raw_sheet import RawSheet
from xueji_lib.intake.readers import excel, html, locked, ods, sniff, text, xls, xlsb, zip_files
from xueji_lib.intake.readers.grid import DamagedFile, Grid, Unreadable
from xueji_lib.intake.readers.sniff import Form
from xueji_lib.intake.readers.zip_files import Member
from xueji_lib.support.os_reasons import reason_of

_READERS: Final[Mapping[Form, Callable[[bytes], Iterator[Grid]]]] = {
    Form.XLSB: xlsb.read,
    Form.ODS: ods.read,
    Form.XLS: xls.read,
    Form.HTML: html.read,
    Form.TEXT: text.read,
}
TOO_LARGE: Final = "读这个文件要的内存太多。请删掉表格下方和右边的空行空列，或分成几个文件再交"


@dataclass(slots=True)
class FileRead:
    """``why``: why it could not be read, empty where it could. Sheets without any cell are not listed.

    ``members``: what is in it, where it is a zip. ``digest``: of its bytes, empty where they could not be had.
    """

    form: str
    sheets: list[RawSheet] = field(default_factory=list)
    why: str = ""
    members: list[Member] = field(default_factory=list)
    digest: bytes = b""


def read(file: InboxFile, careful: bool = False, taught: header.Taught = ()) -> FileRead:
    """Read one file; whatever is wrong with it becomes ``why``.

    ``careful``: nothing but the plainest of it is given to the fast reader, which may not survive the rest.
    """
    gc.disable()  # a hundred thousand rows are made and none is let go: looking through them for garbage takes a third
    try:
        with header.knowing(taught):
            return _read(file, careful)
    except MemoryError:
        return FileRead(Form.OTHER.value, why=TOO_LARGE)
    finally:
        gc.enable()


def _read(file: InboxFile, careful: bool) -> FileRead:
    try:
        data = inbox.load(file)
    except (ValueError, Unreadable) as error:
        return FileRead(Form.OTHER.value, why=str(error))
    except OSError as error:
        return FileRead(Form.OTHER.value, why=f"文件打不开（{reason_of(error)}）。可能正被别的程序占用，关掉后重收")
    form, why = sniff.form(data)
    if form is Form.ENCRYPTED and (opened := locked.without_password(data)):
        data = opened
        form, why = sniff.form(data)
    result = FileRead(form.value, why=why, digest=hashlib.sha256(data).digest())
    try:
        if form is Form.ZIP:
            result.members = _members(file)
        elif not why:
            result.sheets = _sheets(form, data, careful, _own_name(file))
            if not result.sheets:
                result.why = "文件里没有内容（各工作表都是空的）"
            elif form is Form.TEXT and all(raw.table is None for raw in result.sheets) and _binary(data):
                result = FileRead(Form.OTHER.value, why=sniff.UNKNOWN, digest=result.digest)
    except Unreadable as error:
        # Sheets before the bad one are not taken alone: half a workbook would replace a whole one.
        result.why = str(error)
    return result


def _members(file: InboxFile) -> list[Member]:
    if file.member >= 0:
        raise Unreadable("压缩包里还有压缩包，没有再打开。请先解压，把里面的表格放进收件夹")
    members = zip_files.members(file.path)
    if not members:
        raise Unreadable("压缩包是空的，里面没有文件。请重新打包，把要交的表格放进去再交")
    return members


def _own_name(file: InboxFile) -> str:
    """Without folders and ending."""
    return file.relative.rpartition("/")[2].rpartition(".")[0]


def _sheets(form: Form, data: bytes, careful: bool, name: str) -> list[RawSheet]:
    """The sheets of every grid. Raises Unreadable."""
    if form is not Form.XLSX:
        return [raw for grid in _READERS[form](data) for raw in sheet.take(grid, name)]
    try:
        return [raw for grid in excel.read(data, careful) for raw in sheet.take(grid, name)]
    except DamagedFile:
        if careful:
            raise
    return _sheets(form, data, True, name)


def _binary(data: bytes) -> bool:
    """Mostly characters that no text has."""
    head = data[:4096]
    control = sum(byte < 32 and byte not in (9, 10, 12, 13) for byte in head)
    return control > len(head) // 50
