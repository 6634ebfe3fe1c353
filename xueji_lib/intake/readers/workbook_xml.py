"""What the workbook's own XML says: which part is which sheet, from when days are counted, what it has not worked out.

Everything is looked up by local name: strict workbooks have another namespace, some writers prefix every element.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree

from xueji_lib.intake.readers.zip_parts import Package

_TRUE = ("1", "true", "on")
_STATES = {"visible", "hidden", "veryHidden"}


@dataclass(frozen=True, slots=True)
class BookFacts:
    """``sheets``: (name, part) in the book's order. ``from_1904``: days are counted from 1904. ``is_unsolved``: whoever
    wrote it left the formulas for Excel to work out, a 0 stands in their place.

    ``hidden``: names of the sheets that are. ``is_of_worksheets``: every sheet is one of cells, to be seen or hidden.
    ``texts``, ``styles``: the parts of the shared texts and of the styles, empty where there are none.
    """

    sheets: tuple[tuple[str, str], ...] = ()
    from_1904: bool = False
    is_unsolved: bool = False
    hidden: frozenset[str] = frozenset()
    is_of_worksheets: bool = False
    texts: str = ""
    styles: str = ""


def facts(package: Package) -> BookFacts:
    """What ``xl/workbook.xml`` says; nothing where it says nothing that can be read."""
    book = tree(package.read("xl/workbook.xml"))
    if book is None:
        return BookFacts()
    links = relations(package, "xl/_rels/workbook.xml.rels")
    elements = list(book.iter("{*}sheet"))
    linked = [links.get(_link(element), Relation("", "")) for element in elements]
    states = {element.get("state", "visible") for element in elements}
    parts = {relation.kind: relation.part for relation in links.values()}
    return BookFacts(
        tuple((str(element.get("name")), relation.part) for element, relation in zip(elements, linked, strict=True)),
        _says(book, "workbookPr", "date1904"),
        _says(book, "calcPr", "fullCalcOnLoad"),
        frozenset(str(element.get("name")) for element in elements if element.get("state", "visible") != "visible"),
        {relation.kind for relation in linked} <= {"worksheet"} and states <= _STATES,
        parts.get("sharedStrings", ""),
        parts.get("styles", ""),
    )


@dataclass(frozen=True, slots=True)
class Relation:
    """``kind``: the last word of its type (worksheet, styles); ``part``: the part that is meant."""

    kind: str
    part: str


def relations(package: Package, part: str) -> dict[str, Relation]:
    """What a part of relations lists, by id."""
    links = tree(package.read(part))
    if links is None:
        return {}
    return {
        str(link.get("Id")): Relation(str(link.get("Type")).rpartition("/")[2], _part(str(link.get("Target"))))
        for link in links.iter("{*}Relationship")
    }


def targets(package: Package, part: str) -> dict[str, str]:
    """The parts that a part of relations lists, by id."""
    return {link: relation.part for link, relation in relations(package, part).items()}


def _link(sheet: Any) -> str:
    """The relation's id: the attribute ``id`` of whatever namespace the dialect has for relations."""
    return next((str(value) for key, value in sheet.attrib.items() if key.endswith("}id")), "")


def _part(target: str) -> str:
    target = target.replace("\\", "/")
    return target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))


def _says(book: Any, element: str, attribute: str) -> bool:
    return any(str(node.get(attribute)).lower() in _TRUE for node in book.iter("{*}" + element))


def tree(data: bytes | None) -> Any | None:
    """The root element of a part; None where there is none."""
    if not data:
        return None
    try:
        return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, recover=True))
    except (etree.LxmlError, ValueError):
        return None


def sound_tree(data: bytes) -> Any | None:
    """The root element of a part; None where it is not well-formed."""
    try:
        return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
    except (etree.LxmlError, ValueError):
        return None


def in_utf8(data: bytes) -> bytes:
    """A part in another encoding once more in UTF-8, which is all that calamine reads; any other as it is."""
    if not is_other_encoding(data):
        return data
    root = tree(data)
    return data if root is None else etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def is_other_encoding(head: bytes) -> bool:
    """A part's beginning tells of an encoding that is not UTF-8."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or head[:1] == b"\0" or head[1:2] == b"\0":
        return True
    declaration = (
        head[:200].partition(b"?>")[0].lower() if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<?xml") else b""
    )
    return b"encoding" in declaration and b"utf-8" not in declaration and b"us-ascii" not in declaration


def local(element: Any) -> str:
    """An element's name without its namespace; empty for a comment."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def forget(element: Any) -> None:
    """Free an element that was dealt with, and those before it."""
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]


def events(package: Package, part: str, *tags: str) -> Iterator[tuple[str, Any]]:
    """The elements of these local names of a part, each when it is complete.

    The last is ``("blind", None)`` where the XML is broken: what comes after that place is not seen.
    """
    names = ["{*}" + tag for tag in tags]
    parser = etree.XMLPullParser(("end",), tag=names, resolve_entities=False, no_network=True, huge_tree=True)
    try:
        for block in package.blocks(part):
            parser.feed(block)
            yield from parser.read_events()
        parser.close()
        yield from parser.read_events()
    except etree.XMLSyntaxError:
        yield "blind", None
