"""What a file is, by its first bytes. The name is only believed where the bytes say nothing."""

from __future__ import annotations

import io
import zipfile
from enum import StrEnum


class Form(StrEnum):
    """The kinds of files; the values are what the user is told."""

    XLSX = "Excel 工作簿（xlsx）"
    XLS = "Excel 工作簿（xls）"
    HTML = "网页表格"
    TEXT = "文本"
    EMPTY = "空文件"
    ENCRYPTED = "加密的文件"
    OTHER = "不认识的文件"


_EXPLAIN = {
    b"%PDF": "这是 PDF 文件，读不出表格。请交 Excel 或 CSV 文件",
    b"\x89PNG": "这是一张图片，不是表格。请交 Excel 或 CSV 文件",
    b"\xff\xd8\xff": "这是一张图片，不是表格。请交 Excel 或 CSV 文件",
    b"GIF8": "这是一张图片，不是表格。请交 Excel 或 CSV 文件",
    b"BM": "这是一张图片，不是表格。请交 Excel 或 CSV 文件",
    b"Rar!": "这是压缩包。请先解压再放进收件夹",
    b"7z\xbc\xaf": "这是压缩包。请先解压再放进收件夹",
    b"\x1f\x8b": "这是压缩包。请先解压再放进收件夹",
    b"{\\rtf": "这是文字处理文件，不是表格。请交 Excel 或 CSV 文件",
}

_ZIP = (b"\x03\x04", b"\x05\x06", b"\x07\x08")
_BARE_BOF = (b"\x09\x00", b"\x09\x02", b"\x09\x04", b"\x09\x08")
_MARKUP = (b"<html", b"<!doctype html", b"<table", b"<meta", b"<head", b"<style", b"<body", b"<!--")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
UNKNOWN = "不认识这种文件。请交 xlsx、xls、csv 或 txt 文件"
DAMAGED = "文件不完整或已损坏，打不开。请在 Excel 里打开原文件，另存后重交"


def form(head: bytes, whole: bytes) -> tuple[Form, str]:
    """The kind and, for one that cannot be read, a sentence for the user.

    ``head``: the first few hundred bytes; ``whole``: the file.
    """
    if not whole.strip(b"\0 \r\n\t"):
        return Form.EMPTY, "文件是空的（0 字节或全是空白）。请重新导出后再交"
    if head.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in whole:
            return Form.ENCRYPTED, "文件加了密码，读不了。请在 Excel 里去掉密码，另存后重交"
        if "WordDocument".encode("utf-16-le") in whole:
            return Form.OTHER, "这是 Word 文档，不是表格。请交 Excel 或 CSV 文件"
        return Form.XLS, ""
    if head.startswith(b"PK") and (head[2:4] in _ZIP or b"\n" not in whole):
        if b"word/document.xml" in whole:
            return Form.OTHER, "这是 Word 文档，不是表格。请交 Excel 或 CSV 文件"
        if b"ppt/presentation.xml" in whole:
            return Form.OTHER, "这是演示文稿，不是表格。请交 Excel 或 CSV 文件"
        if b"xl/" in whole or b"opendocument.spreadsheet" in whole:
            return Form.XLSX, ""
        # A workbook that broke off before anything told what it is, or a file that only begins like one.
        if b"[Content_Types].xml" in whole[:4096] or not zipfile.is_zipfile(io.BytesIO(whole)):
            return Form.OTHER, DAMAGED
        return Form.OTHER, "这是压缩包。请先解压再放进收件夹"
    # BIFF before it was wrapped in OLE (Excel 2 to 4).
    if head[:2] in _BARE_BOF and head[2:4] in (b"\x04\x00", b"\x06\x00", b"\x08\x00"):
        return Form.XLS, ""
    for magic, sentence in _EXPLAIN.items():
        if head.startswith(magic) and (magic != b"BM" or b"\0" in head):
            return Form.OTHER, sentence
    start = head.lstrip(b"\xef\xbb\xbf \r\n\t\0").lower()
    # UTF-16 text has a zero in every other byte; without them markup looks the same.
    markup = start.replace(b"\0", b"").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff")
    if b"urn:schemas-microsoft-com:office:spreadsheet" in markup and markup.startswith(b"<?xml"):
        return Form.OTHER, "这是“XML 表格 2003”。请在 Excel 里打开，另存为 xlsx 后重交"
    if markup.startswith(b"mime-version:"):
        return Form.OTHER, "这是“单个文件网页”。请在 Excel 里打开，另存为 xlsx 后重交"
    has_table = b"<table" in whole[:400_000].replace(b"\0", b"").lower()
    if markup.startswith(_MARKUP) or (markup.startswith(b"<") and has_table):
        return Form.HTML, ""
    return Form.TEXT, ""
