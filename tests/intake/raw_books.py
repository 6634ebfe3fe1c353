"""Workbooks part by part and record by record: the dialects that writers of ordinary libraries do not produce."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT_RELATIONS = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"

Cells = Sequence[Sequence[Any]]


class Raw(str):
    """A cell's XML as it stands, without its opening: attributes, then what is inside."""


ERROR = Raw(' t="e"><v>#N/A</v>')
UNSOLVED = Raw("><f>VLOOKUP(A1,B:C,2,0)</f>")
ZERO = Raw("><f>SUM(A1:A2)</f><v>0</v>")
EMPTY_RESULT = Raw(' t="str"><f>IF(A1="","",A1)</f><v></v>')


@dataclass(frozen=True)
class Dialect:
    """How a writer spells the same workbook. ``prefix``: of every element; ``cell_refs``, ``row_refs``: each says
    where it stands; ``shared``: texts in a table of their own, under this name."""

    prefix: str = ""
    namespace: str = MAIN
    relations: str = RELATIONS
    cell_refs: bool = True
    row_refs: bool = True
    quote: str = '"'
    shared: str = ""
    dimension: str | None = None
    encoding: str = "utf-8"
    separator: str = "/"
    book: str = ""


PLAIN = Dialect()
DIALECTS: Mapping[str, Dialect] = {
    "平常": PLAIN,
    "严格": Dialect(namespace=STRICT, relations=STRICT_RELATIONS),
    "带前缀": Dialect(prefix="x:"),
    "严格带前缀": Dialect(prefix="ns0:", namespace=STRICT, relations=STRICT_RELATIONS),
    "格不写位置": Dialect(cell_refs=False),
    "行也不写位置": Dialect(cell_refs=False, row_refs=False),
    "单引号": Dialect(quote="'"),
    "大写的字表": Dialect(shared="SharedStrings.xml"),
    "国标编码": Dialect(encoding="gb18030"),
    "十六位编码": Dialect(encoding="utf-16"),
}


def letters(column: int) -> str:
    return chr(65 + column) if column < 26 else letters(column // 26 - 1) + chr(65 + column % 26)


def workbook(rows: Cells, dialect: Dialect = PLAIN, extra: str = "", name: str = "名册") -> bytes:
    """An xlsx with one sheet. ``extra``: XML behind the rows."""
    shared: list[str] = []
    sheet = _sheet(rows, dialect, extra, shared)
    p, ns = dialect.prefix, f'xmlns{":" + dialect.prefix[:-1] if dialect.prefix else ""}="{dialect.namespace}"'
    book = (
        f'<{p}workbook {ns} xmlns:r="{dialect.relations}">{dialect.book}'
        f'<{p}sheets><{p}sheet name="{name}" sheetId="1" r:id="rId1"/></{p}sheets></{p}workbook>'
    )
    links = f'<Relationship Id="rId1" Type="{dialect.relations}/worksheet" Target="worksheets/sheet1.xml"/>'
    parts = {"xl/workbook.xml": book, "xl/worksheets/sheet1.xml": sheet}
    if dialect.shared:
        links += f'<Relationship Id="rId2" Type="{dialect.relations}/sharedStrings" Target="{dialect.shared}"/>'
        items = "".join(f"<{p}si><{p}t>{escape(text)}</{p}t></{p}si>" for text in shared)
        parts[f"xl/{dialect.shared}"] = f"<{p}sst {ns}>{items}</{p}sst>"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<?xml version="1.0"?><Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/></Types>',
        )
        archive.writestr(
            "_rels/.rels", _links(f'<Relationship Id="a" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/>')
        )
        for part, text in parts.items():
            declared = f'<?xml version="1.0" encoding="{dialect.encoding}"?>{text}'
            archive.writestr(_entry(part.replace("/", dialect.separator)), declared.encode(dialect.encoding))
        archive.writestr(_entry("xl/_rels/workbook.xml.rels".replace("/", dialect.separator)), _links(links))
    return out.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    """``ZipInfo`` mends backslashes on Windows; here they are meant."""
    entry = zipfile.ZipInfo("x")
    entry.filename = entry.orig_filename = name
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _links(inside: str) -> str:
    return f'<?xml version="1.0"?><Relationships xmlns="{_PACKAGE}/relationships">{inside}</Relationships>'


def _sheet(rows: Cells, dialect: Dialect, extra: str, shared: list[str]) -> str:
    p = dialect.prefix
    lines = []
    for r, row in enumerate(rows, 1):
        cells = []
        for c, value in enumerate(row):
            ref = f' r="{letters(c)}{r}"' if dialect.cell_refs else ""
            if value == "" and dialect.cell_refs:
                continue
            cells.append(f"<{p}c{ref}{_inside(value, dialect, shared)}</{p}c>")
        lines.append(f"<{p}row{f' r={chr(34)}{r}{chr(34)}' if dialect.row_refs else ''}>{''.join(cells)}</{p}row>")
    ns = f'xmlns{":" + p[:-1] if p else ""}="{dialect.namespace}"'
    size = f'<{p}dimension ref="{dialect.dimension}"/>' if dialect.dimension is not None else ""
    text = f"<{p}worksheet {ns}>{size}<{p}sheetData>{''.join(lines)}</{p}sheetData>{extra}</{p}worksheet>"
    return text.replace('"', "'") if dialect.quote == "'" else text


def _inside(value: Any, dialect: Dialect, shared: list[str]) -> str:
    p = dialect.prefix
    if isinstance(value, Raw):
        return value.replace("<f", f"<{p}f").replace("</f", f"</{p}f").replace("<v", f"<{p}v").replace("</v", f"</{p}v")
    if isinstance(value, int | float):
        return f"><{p}v>{value}</{p}v>"
    if value == "":
        return ">"
    if dialect.shared:
        shared.append(value)
        return f' t="s"><{p}v>{len(shared) - 1}</{p}v>'
    return f' t="inlineStr"><{p}is><{p}t>{escape(value)}</{p}t></{p}is>'


def ods(
    rows: Cells,
    errors: Sequence[tuple[int, int]] = (),
    unsolved: Sequence[tuple[int, int]] = (),
    hidden: Mapping[int, str] | None = None,
) -> bytes:
    """An ods with one sheet of texts; (row, column) of formulas that give an error, and of those without a value.
    ``hidden``: row → its visibility."""
    lines = []
    for r, row in enumerate(rows):
        cells = []
        for c, value in enumerate(row):
            about, shown = 'office:value-type="string"', str(value)
            if (r, c) in errors:
                about, shown = f'table:formula="of:=NA()" {about} calcext:value-type="error"', "#N/A"
            if (r, c) in unsolved:
                about, shown = 'table:formula="of:=[.A1]"', ""
            text = f"<text:p>{escape(shown)}</text:p>" if shown else ""
            cells.append(f"<table:table-cell {about}>{text}</table:table-cell>")
        about = f' table:visibility="{hidden[r]}"' if hidden and r in hidden else ""
        lines.append(f"<table:table-row{about}>{''.join(cells)}</table:table-row>")
    office = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<office:document-content xmlns:office="{office}:office:1.0" xmlns:table="{office}:table:1.0" '
        f'xmlns:text="{office}:text:1.0" '
        'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">'
        f'<office:body><office:spreadsheet><table:table table:name="名册">{"".join(lines)}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", f'<?xml version="1.0" encoding="UTF-8"?>{content}')
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    return out.getvalue()


# ---- binary workbooks ----


def xlsb(
    rows: Cells,
    broken: Sequence[tuple[int, int]] = (),
    from_1904: bool = False,
    merges: Sequence[tuple[int, int, int, int]] = (),
    hidden: Sequence[int] = (),
) -> bytes:
    """An xlsb with one sheet of texts and numbers; ``broken``: (row, column) of cells that hold an error; ``merges``:
    first and last row, first and last column of merged cells; ``hidden``: rows."""
    size = struct.pack("<IIII", 0, len(rows) - 1, 0, max(map(len, rows)) - 1)
    sheet = _record(129) + _record(148, size) + _record(145)
    for r, row in enumerate(rows):
        sheet += _record(0, struct.pack("<IIHBBBI", r, 0, 300, 0, 0x10 if r in hidden else 0, 0, 0))
        for c, value in enumerate(row):
            head = struct.pack("<II", c, 0)
            if (r, c) in broken:
                sheet += _record(3, head + b"\x2a")
            elif isinstance(value, int | float):
                sheet += _record(5, head + struct.pack("<d", value))
            elif value != "":
                sheet += _record(6, head + _wide(value))
    sheet += _record(146)
    if merges:
        sheet += _record(177, struct.pack("<I", len(merges)))
        sheet += b"".join(_record(176, struct.pack("<IIII", *merge)) for merge in merges) + _record(178)
    sheet += _record(130)
    book = _record(131) + _record(153, struct.pack("<III", int(from_1904), 0, 0)) + _record(143)
    book += _record(156, struct.pack("<II", 0, 1) + _wide("rId1") + _wide("名册")) + _record(144) + _record(132)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", f'<?xml version="1.0"?><Types xmlns="{_PACKAGE}/content-types"/>')
        archive.writestr(
            "_rels/.rels", _links(f'<Relationship Id="a" Type="{RELATIONS}/officeDocument" Target="xl/workbook.bin"/>')
        )
        archive.writestr("xl/workbook.bin", book)
        link = f'<Relationship Id="rId1" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.bin"/>'
        archive.writestr("xl/_rels/workbook.bin.rels", _links(link))
        archive.writestr("xl/worksheets/sheet1.bin", sheet)
    return out.getvalue()


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _record(kind: int, body: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size = bytearray()
    rest = len(body)
    while True:
        size.append(rest & 0x7F | (0x80 if rest > 127 else 0))
        rest >>= 7
        if not rest:
            return head + bytes(size) + body


def old_records(rows: Cells, encoding: str = "gb18030", version: int = 0x0500, codepage: int | None = 936) -> bytes:
    """A bare stream of the records of Excel 5.0/95, one sheet without a list of sheets."""
    stream = struct.pack("<HHHHHH", 0x0809, 8, version, 0x0010, 0, 0)
    if codepage is not None:
        stream += struct.pack("<HHH", 0x0042, 2, codepage)
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            if isinstance(value, int | float):
                stream += struct.pack("<HHHHHd", 0x0203, 14, r, c, 0, value)
            elif value != "":
                text = value.encode(encoding)
                stream += struct.pack("<HHHHHH", 0x0204, 8 + len(text), r, c, 0, len(text)) + text
    return stream + struct.pack("<HH", 0x000A, 0)


def in_container(stream: bytes, name: str = "Book") -> bytes:
    """A stream in an OLE container, padded so that it lies in ordinary sectors."""
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")
    count = len(stream) // 512
    table = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, count + 2), 0xFFFFFFFE]
    fats = -(-len(table) // 128)
    assert fats == 1, "one sector of the table is enough for a test"
    table += [0xFFFFFFFF] * (128 - len(table))
    head = bytearray(512)
    head[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<HHHHH", head, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<III", head, 44, 1, 1, 0)
    struct.pack_into("<IIIII", head, 56, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    struct.pack_into("<109I", head, 76, 0, *[0xFFFFFFFF] * 108)
    directory = _directory_entry("Root Entry", 5, 0xFFFFFFFE, 0, child=1) + _directory_entry(name, 2, 2, len(stream))
    return bytes(head) + struct.pack("<128I", *table) + directory.ljust(512, b"\0") + stream


def _directory_entry(name: str, kind: int, start: int, size: int, child: int = 0xFFFFFFFF) -> bytes:
    entry = bytearray(128)
    text = name.encode("utf-16-le")
    entry[: len(text)] = text
    struct.pack_into("<HBB", entry, 64, len(text) + 2, kind, 1)
    struct.pack_into("<III", entry, 68, 0xFFFFFFFF, 0xFFFFFFFF, child)
    struct.pack_into("<II", entry, 116, start, size)
    return bytes(entry)
