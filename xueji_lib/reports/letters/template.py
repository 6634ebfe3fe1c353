"""Fill a letter's Word template, which the office may edit (``templates/letters/*.docx``).

docxtpl's own preparation of the XML is done once a template and process and the result compiled; a letter is then
one Jinja rendering and a zip, some ten times cheaper than opening the document anew. What the template names is
checked against what a letter has: an unknown or missing field is reported in Chinese with the template's name.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeAlias

import jinja2
from docxtpl import DocxTemplate  # type: ignore[import-untyped]
from jinja2 import meta, nodes
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup, escape

from xueji_lib.register import labels
from xueji_lib.reports.letters.packed import Packed, pack, zipped
from xueji_lib.reports.letters.pictures import Picture, with_pictures
from xueji_lib.support import paths
from xueji_lib.support.errors import UsageError

Fields: TypeAlias = Mapping[str, "Fields | None"]
"""What a letter has: name → None for a text, or the fields of one row for a list."""

_RENDERED: Final = re.compile(r"word/(?:document|header\d*|footer\d*|footnotes)\.xml")
_DATE: Final = re.compile(r"(?<!\d)\d{4}-\d\d-\d\d(?!\d)")
_HYPHEN: Final = '</w:t><w:noBreakHyphen/><w:t xml:space="preserve">'
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@dataclass(frozen=True)
class LetterTemplate:
    """A template made ready: the zip's parts in order, compiled where they hold fields, else packed for good."""

    file: Path
    parts: tuple[tuple[str, jinja2.Template | Packed], ...]

    def render(self, values: Mapping[str, Any]) -> bytes:
        """The letter as a .docx, the same bytes for the same values. Raises UsageError where the template asks for
        what a row does not have."""
        parts = [(name, p if isinstance(p, Packed) else pack(self._part(p, values))) for name, p in self.parts]
        return zipped(with_pictures(parts, values))

    def _part(self, part: jinja2.Template, values: Mapping[str, Any]) -> bytes:
        try:
            return part.render(values).encode()
        except jinja2.TemplateError as error:
            raise UsageError(f"模板 {self.file} 写得不对：{error}。请照模板说明改，或用原来的模板换回来") from None


def template(name: str, fields: Fields, needed: frozenset[str]) -> LetterTemplate:
    """The template, made ready once a process (anew where the file changed).

    Raises UsageError where it is not there, is no Word document, names a field that the letter does not have, lacks
    one of ``needed`` or its tags do not match.
    """
    file = paths.templates("letters", f"{name}.docx")
    try:
        stamp = file.stat()
    except OSError:
        raise UsageError(f"找不到文书模板 {file}。请从安装包里复制一份") from None
    ready, named = _ready(file, stamp.st_mtime_ns, stamp.st_size)
    unknown = sorted(_unknown(named, fields))
    if unknown:
        raise UsageError(f"模板 {file} 里的字段不认识：{'、'.join(unknown)}。可用的字段：{'、'.join(sorted(fields))}")
    missing = sorted(needed - {path[0] for path in named})
    if missing:
        raise UsageError(f"模板 {file} 里缺这些字段：{'、'.join(missing)}。缺了它们，文书就不完整；请补上")
    return ready


# ---- making ready ----


def _environment() -> SandboxedEnvironment:
    # Sandboxed: a template comes from whoever edits it.
    return SandboxedEnvironment(autoescape=True, undefined=jinja2.StrictUndefined, finalize=_clean)


def _clean(value: Any) -> Any:
    """A value as Word takes it: text without control characters, on one line, dates that no line end divides."""
    if isinstance(value, jinja2.Undefined | Picture):
        return value
    text = value if isinstance(value, str) else labels.text(value)
    if not text.isprintable():
        text = _CONTROL.sub("", text).replace("\r", "").replace("\n", "；")
    if not _DATE.search(text):
        return text
    return Markup(_DATE.sub(lambda date: date[0].replace("-", _HYPHEN), str(escape(text))))


Path_: TypeAlias = tuple[str, ...]


@lru_cache(maxsize=64)
def _ready(file: Path, stamp: int, size: int) -> tuple[LetterTemplate, frozenset[Path_]]:
    """The template compiled, and the fields it names: ("学校名称",), ("违规情形", "条数") for a row's."""
    del stamp, size  # they are there so that an edited file is read anew
    environment = _environment()
    parts: list[tuple[str, jinja2.Template | Packed]] = []
    named: set[Path_] = set()
    prepare = DocxTemplate(io.BytesIO()).patch_xml
    try:
        with zipfile.ZipFile(file) as archive:
            contents = [(name, archive.read(name)) for name in archive.namelist()]
    except (OSError, zipfile.BadZipFile, zlib.error):
        raise UsageError(f"模板 {file} 不是 Word 文档（.docx），或已损坏。请从安装包里复制一份") from None
    for name, content in contents:
        if not _RENDERED.fullmatch(name) or b"{" not in content:
            parts.append((name, pack(content)))
            continue
        source = prepare(content.decode("utf-8-sig"))
        try:
            tree = environment.parse(source)
            parts.append((name, environment.from_string(source)))
        except jinja2.TemplateSyntaxError as error:
            raise UsageError(
                f"模板 {file} 的花括号没有配好：{_syntax_message(error, source)}。请对照原来的模板改"
            ) from None
        named |= set(_named(tree, {}))
        named |= {(field,) for field in meta.find_undeclared_variables(tree)}
    return LetterTemplate(file, tuple(parts)), frozenset(named)


def _syntax_message(error: jinja2.TemplateSyntaxError, source: str) -> str:
    """Jinja's message, and the tag near which the error is."""
    line = source.splitlines()[max(error.lineno - 1, 0)] if source else ""
    tags = re.findall(r"{[{%].*?[}%]}", line)
    return f"{error.message}" + (f"（附近：{tags[-1]}）" if tags else "")


def _named(node: nodes.Node, rows: Mapping[str, Path_]) -> Iterator[Path_]:
    """Every field that the template names; ``rows``: loop variable → the list that it runs over."""
    if isinstance(node, nodes.For) and isinstance(node.target, nodes.Name):
        over = _path(node.iter, rows)
        if over is not None:
            yield over
            rows = {**rows, node.target.name: over}
    if isinstance(node, nodes.Getattr | nodes.Getitem):
        path = _path(node, rows)
        if path is not None:
            yield path
    for child in node.iter_child_nodes():
        yield from _named(child, rows)


def _path(node: nodes.Node, rows: Mapping[str, Path_]) -> Path_ | None:
    if isinstance(node, nodes.Name):
        return rows.get(node.name, (node.name,) if node.ctx == "load" and node.name != "loop" else None)
    if isinstance(node, nodes.Getattr):
        base = _path(node.node, rows)
        return None if base is None else (*base, node.attr)
    return None


def _unknown(named: frozenset[Path_], fields: Fields) -> Iterator[str]:
    for path in named:
        at: Fields | None = fields
        for depth, name in enumerate(path):
            if at is None or name not in at:
                yield ".".join(path[: depth + 1])
                break
            at = at[name]
