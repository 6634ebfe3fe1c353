"""What a file is, by its first bytes. The name is only believed where the bytes say nothing.

The kinds are asked for one after the other; the first that fits is taken, so their order is what this module says.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final

from xueji_lib.intake.readers.zip_errors import ZIP_ERRORS


class Form(StrEnum):
    """The kinds of files; the values are what the user is told."""

    XLSX = "Excel 工作簿（xlsx）"
    XLSB = "Excel 工作簿（xlsb）"
    ODS = "OpenDocument 表格（ods）"
    XLS = "Excel 工作簿（xls）"
    HTML = "网页表格"
    TEXT = "文本"
    ZIP = "压缩包（zip）"
    EMPTY = "空文件"
    ENCRYPTED = "加密的文件"
    OTHER = "不认识的文件"


UNKNOWN: Final = "不认识这种文件。请交 xlsx、xls、csv 或 txt 文件"
DAMAGED: Final = "文件不完整或已损坏，打不开。请在 Excel 里打开原文件，另存后重交"
LOCKED: Final = "文件加了密码，读不了。请在 Excel 里去掉密码，另存后重交"
_NO_TABLE: Final = "不是表格。请交 Excel 或 CSV 文件"
_RESAVE: Final = "请在 Excel 里打开，另存为 xlsx 后重交"

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP: Final = (b"\x03\x04", b"\x05\x06", b"\x07\x08")
_BARE_BOF: Final = (b"\x09\x00", b"\x09\x02", b"\x09\x04", b"\x09\x08")
_MARKUP: Final = (b"<html", b"<!doctype html", b"<table", b"<meta", b"<head", b"<style", b"<body", b"<!--")
_PICTURES: Final = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*")
_LOOK: Final = 400_000


@dataclass(frozen=True)
class Bytes:
    """A file's content, as the questions below want to see it."""

    whole: bytes

    @cached_property
    def head(self) -> bytes:
        return self.whole[:512]

    @cached_property
    def markup(self) -> bytes:
        """The beginning in small letters, without byte order marks and the zeros of UTF-16."""
        start = self.whole[:8192].lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t\0").lower()
        return start.replace(b"\0", b"")

    @cached_property
    def is_ole(self) -> bool:
        return self.head.startswith(_OLE)

    @cached_property
    def is_zip(self) -> bool:
        """Begins as a zip, and not as a text whose first words happen to be PK."""
        return self.head.startswith(b"PK") and (self.head[2:4] in _ZIP or b"\n" not in self.whole)

    def has_name(self, name: str) -> bool:
        """A stream of this name is in an OLE container."""
        return self.is_ole and name.encode("utf-16-le") in self.whole

    @cached_property
    def parts(self) -> frozenset[str] | None:
        """Names of what is in a zip, in small letters; None where it cannot be opened."""
        try:
            with zipfile.ZipFile(io.BytesIO(self.whole)) as archive:
                return frozenset(e.orig_filename.replace("\\", "/").lower().lstrip("/") for e in archive.infolist())
        except ZIP_ERRORS:
            return None

    def has_part(self, beginning: str) -> bool:
        """A part whose name begins so is in a zip, or its name is somewhere in one that broke off."""
        if not self.is_zip:
            return False
        if self.parts is None:
            return beginning.encode() in self.whole or beginning.replace("/", "\\").encode() in self.whole
        return any(part.startswith(beginning) for part in self.parts)

    def is_document(self, kind: bytes) -> bool:
        """An OpenDocument file of this kind."""
        return self.has_part("content.xml") and b"application/vnd.oasis.opendocument." + kind in self.whole[:4096]


def _is_blank(file: Bytes) -> bool:
    return not file.whole.strip(b"\0 \r\n\t")


def _is_broken_zip(file: Bytes) -> bool:
    """A workbook that broke off before anything told what it is, or a file that only begins like one."""
    return file.is_zip and (file.parts is None or "[content_types].xml" in file.parts)


def _is_bare_biff(file: Bytes) -> bool:
    """The records of an .xls without a container, as before Excel 5 and from many small programs."""
    size = int.from_bytes(file.head[2:4], "little")
    return file.head[:2] in _BARE_BOF and size in (4, 6, 8, 16)


def _is_bitmap(file: Bytes) -> bool:
    return file.head.startswith(b"BM") and b"\0" in file.head


def _is_page(file: Bytes) -> bool:
    has_table = b"<table" in file.whole[:_LOOK].replace(b"\0", b"").lower()
    return file.markup.startswith(_MARKUP) or (file.markup.startswith(b"<") and has_table)


def _begins(*starts: bytes) -> Callable[[Bytes], bool]:
    return lambda file: file.head.startswith(starts)


def _markup_begins(*starts: bytes) -> Callable[[Bytes], bool]:
    return lambda file: file.markup.startswith(starts)


def _is_xml_with(word: bytes) -> Callable[[Bytes], bool]:
    """XML, not a web page, that names this within its beginning."""
    return lambda file: file.markup.startswith((b"<?xml", b"<workbook", b"<ss:workbook")) and word in file.markup


KINDS: Final[tuple[tuple[Callable[[Bytes], bool], Form, str], ...]] = (
    (_is_blank, Form.EMPTY, "文件是空的（0 字节或全是空白）。请重新导出后再交"),
    (lambda f: f.has_name("EncryptedPackage"), Form.ENCRYPTED, LOCKED),
    (lambda f: f.has_name("WordDocument"), Form.OTHER, f"这是 Word 文档，{_NO_TABLE}"),
    (lambda f: f.has_name("PowerPoint Document"), Form.OTHER, f"这是演示文稿，{_NO_TABLE}"),
    (lambda f: f.is_ole, Form.XLS, ""),
    (lambda f: f.has_part("word/document.xml"), Form.OTHER, f"这是 Word 文档，{_NO_TABLE}"),
    (lambda f: f.has_part("ppt/presentation.xml"), Form.OTHER, f"这是演示文稿，{_NO_TABLE}"),
    (lambda f: f.is_document(b"text"), Form.OTHER, f"这是文字处理文件（odt），{_NO_TABLE}"),
    (lambda f: f.is_document(b"presentation"), Form.OTHER, f"这是演示文稿，{_NO_TABLE}"),
    (lambda f: f.is_document(b"spreadsheet"), Form.ODS, ""),
    (lambda f: f.has_part("xl/workbook.bin"), Form.XLSB, ""),
    (lambda f: f.has_part("xl/"), Form.XLSX, ""),
    (_is_broken_zip, Form.OTHER, DAMAGED),
    (lambda f: f.is_zip, Form.ZIP, ""),
    (_is_bare_biff, Form.XLS, ""),
    (_begins(b"%PDF"), Form.OTHER, "这是 PDF 文件，读不出表格。请交 Excel 或 CSV 文件"),
    (_begins(*_PICTURES), Form.OTHER, f"这是一张图片，{_NO_TABLE}"),
    (_is_bitmap, Form.OTHER, f"这是一张图片，{_NO_TABLE}"),
    (_begins(b"Rar!"), Form.OTHER, "这是 rar 压缩包，读不了。请先解压，把里面的表格放进收件夹"),
    (_begins(b"7z\xbc\xaf"), Form.OTHER, "这是 7z 压缩包，读不了。请先解压，把里面的表格放进收件夹"),
    (_begins(b"\x1f\x8b", b"BZh", b"\xfd7zXZ"), Form.OTHER, "这是压缩包，读不了。请先解压，把里面的表格放进收件夹"),
    (_begins(b"{\\rtf"), Form.OTHER, f"这是文字处理文件，{_NO_TABLE}"),
    (_begins(b"SQLite format 3"), Form.OTHER, f"这是数据库文件，{_NO_TABLE}"),
    (
        _is_xml_with(b"urn:schemas-microsoft-com:office:spreadsheet"),
        Form.OTHER,
        f"这是“XML 表格 2003”。{_RESAVE}",
    ),
    (
        _is_xml_with(b"oasis:names:tc:opendocument"),
        Form.OTHER,
        "这是“平面 XML 表格”（fods）。请在 WPS 或 LibreOffice 里打开，另存为 xlsx 后重交",
    ),
    (_markup_begins(b"mime-version:"), Form.OTHER, f"这是“单个文件网页”。{_RESAVE}"),
    (_is_page, Form.HTML, ""),
    (lambda _: True, Form.TEXT, ""),
)
"""(question, kind, for one that cannot be read a sentence for the user)."""


def form(whole: bytes) -> tuple[Form, str]:
    """The kind of a file and, for one that cannot be read, a sentence for the user."""
    file = Bytes(whole)
    return next((kind, why) for question, kind, why in KINDS if question(file))
