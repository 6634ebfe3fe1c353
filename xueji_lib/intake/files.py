"""One file of the inbox: bytes in, raw sheets out. Can run in a process of its own."""

from __future__ import annotations

from dataclasses import dataclass, field

from xueji_lib.intake import excel_reader, html_reader, inbox, sheet, sniff, text_reader
from xueji_lib.intake.grid import Reader, Unreadable
from xueji_lib.intake.inbox import InboxFile
from xueji_lib.intake.sheet import RawSheet
from xueji_lib.intake.sniff import Form

_READERS: dict[Form, Reader] = {
    Form.XLSX: excel_reader.read_xlsx,
    Form.XLS: excel_reader.read_xls,
    Form.HTML: html_reader.read,
    Form.TEXT: text_reader.read,
}


@dataclass(slots=True)
class FileRead:
    """``why``: why it could not be read, empty where it could. Sheets without any cell are not listed."""

    form: str
    sheets: list[RawSheet] = field(default_factory=list)
    why: str = ""


def read(place: int, file: InboxFile) -> FileRead:
    """Read one file; whatever is wrong with it becomes ``why``."""
    try:
        data = inbox.load(file)
    except ValueError as error:
        return FileRead(Form.OTHER.value, why=str(error))
    except OSError as error:
        return FileRead(Form.OTHER.value, why=f"文件打不开（{error.strerror}）。可能正被别的程序占用，关掉后重收")
    form, why = sniff.form(data[:512], data)
    result = FileRead(form.value, why=why)
    if why:
        return result
    reader = _READERS.get(form)
    if reader is None:
        result.why = sniff.UNKNOWN
        return result
    try:
        for grid in reader(data):
            result.sheets += sheet.take(place, grid)
    except Unreadable as error:
        # Sheets before the bad one are not taken alone: half a workbook would replace a whole one.
        return FileRead(form.value, why=str(error))
    except MemoryError:
        return FileRead(form.value, why="文件太大，内存不够。请分成几个文件再交")
    if not result.sheets:
        result.why = "文件里没有内容（各工作表都是空的）"
    elif form is Form.TEXT and all(s.table is None for s in result.sheets) and _binary(data):
        return FileRead(Form.OTHER.value, why=sniff.UNKNOWN)
    return result


def _binary(data: bytes) -> bool:
    """Mostly characters that no text has."""
    head = data[:4096]
    control = sum(byte < 32 and byte not in (9, 10, 12, 13) for byte in head)
    return control > len(head) // 50
