"""A notebook that somebody wrote, read and made ready to run anywhere: its parameters known, its pictures inside.

Source: papermill's parameter cell; docs/own-notebooks.md.
"""

from __future__ import annotations

import ast
import base64
import hashlib
import mimetypes
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import nbformat
from rapidfuzz import process

from xueji_lib.support.errors import UsageError
from xueji_lib.support.os_reasons import reason_of

_format: Any = nbformat  # it has types for some functions only

_LIKE: Final = 50
"""Names at least so alike (of 100) are offered."""
_LARGEST: Final = 8 * 2**20
"""Bytes of a picture that is put into the notebook."""
_IN_MARKDOWN: Final = re.compile(r"!\[(?P<alt>[^\]]*)\]\((?P<address>[^)\s]+)(?:\s+\"[^\"]*\")?\)")
_IN_HTML: Final = re.compile(r"<img\b[^>]*?\bsrc\s*=\s*[\"'](?P<address>[^\"']+)[\"'][^>]*>", re.IGNORECASE)
_NO_FILE: Final = re.compile(r"(?:attachment|data):", re.IGNORECASE)
_ELSEWHERE: Final = re.compile(r"[a-z][a-z0-9+.-]+:|//", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class OwnNotebook:
    """``name``: its file's, without the ending; ``text``: the notebook as JSON, with the pictures that lay beside it;
    ``defaults``: parameter → the value in its cell (None where it is no plain value); ``refused``: a sentence for each
    picture that was not put in; ``mentioned``: files beside it that it names."""

    name: str
    folder: Path
    text: str
    defaults: Mapping[str, Any]
    refused: tuple[str, ...]
    mentioned: tuple[Path, ...]

    @property
    def digest(self) -> str:
        """Changes with the notebook, its pictures and the files beside it that it names."""
        digest = hashlib.sha256(self.text.encode())
        for file in self.mentioned:
            digest.update(file.name.encode() + file.read_bytes())
        return digest.hexdigest()

    def with_values(self, values: Sequence[str]) -> dict[str, Any]:
        """``name=value`` texts as parameters: text where the notebook's value is text, else a number, a list … where it
        reads as one. Raises UsageError for a name that the notebook does not have, with near ones."""
        parameters: dict[str, Any] = {}
        for text in values:
            name, equals, value = text.partition("=")
            name = name.strip()
            if not equals:
                raise UsageError(f"-p 要写成 名字=值，现在是 {text}")
            if name not in self.defaults:
                near = [match[0] for match in process.extract(name, list(self.defaults), score_cutoff=_LIKE, limit=2)]
                offer = f"是不是想写 {' 或 '.join(near)}？" if near else ""
                raise UsageError(
                    f"这个笔记本没有参数 {name}。{offer}可用的参数：{'、'.join(self.defaults) or '（没有）'}"
                )
            parameters[name] = value if isinstance(self.defaults[name], str) else _plain(value)
        return parameters


def _plain(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return {"true": True, "false": False}.get(text.lower(), text)


def read_own(file: Path) -> OwnNotebook:
    """The notebook in a file. Raises UsageError where there is none, where it is not Python, or where it has no cell
    with the tag ``parameters``."""
    try:
        book = _format.reads(file.read_text("utf-8"), as_version=4)
    except OSError as failure:
        raise UsageError(f"打不开笔记本 {file}：{reason_of(failure)}") from None
    except Exception:  # noqa: BLE001 nbformat has many names for it
        raise UsageError(f"{file} 不是 Jupyter 笔记本（.ipynb），或者已经损坏") from None
    language = book.metadata.get("kernelspec", {}).get("language") or "python"
    if str(language).lower() != "python":
        raise UsageError(f"{file} 是 {language} 的笔记本，这里只运行 Python 的")
    tagged = [cell for cell in book.cells if "parameters" in cell.metadata.get("tags", [])]
    if not tagged:
        advice = "在 JupyterLab 里选中写参数的那一格，右边齿轮里给它加上标签 parameters；或用 xueji new-notebook 起一个"
        raise UsageError(f"{file} 没有参数格。{advice}")
    refused: list[str] = []
    for cell in book.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        elif cell.cell_type == "markdown":
            _embed(cell, file.parent, refused)
    sources = "\n".join(cell.source for cell in book.cells if cell.cell_type == "code")
    return OwnNotebook(
        file.stem,
        file.resolve().parent,
        str(_format.writes(book)),
        _defaults(tagged[0].source),
        tuple(dict.fromkeys(refused)),
        tuple(_mentioned(sources, file.resolve().parent)),
    )


def _defaults(source: str) -> dict[str, Any]:
    """The names that a cell gives values to."""
    try:
        statements = ast.parse(source).body
    except SyntaxError:
        return {}
    defaults: dict[str, Any] = {}
    for line in statements:
        if isinstance(line, ast.Assign | ast.AnnAssign) and line.value is not None:
            targets = line.targets if isinstance(line, ast.Assign) else [line.target]
            for target in (target for target in targets if isinstance(target, ast.Name)):
                try:
                    defaults[target.id] = ast.literal_eval(line.value)
                except ValueError:
                    defaults[target.id] = None
    return defaults


def _mentioned(source: str, folder: Path) -> list[Path]:
    """Files beside the notebook that its code names, or imports: a change of one is a change of the notebook."""
    names = set(re.findall(r"[\"']([^\"'\n]{1,120})[\"']", source))
    names |= {f"{name}.py" for name in re.findall(r"^\s*(?:from|import)\s+(\w+)", source, re.MULTILINE)}
    return sorted(file for name in names if "\0" not in name and (file := folder / name).is_file())


def _embed(cell: Any, folder: Path, refused: list[str]) -> None:
    """Put the pictures that lie beside the notebook into it. What cannot be put in is said in its place."""
    attachments = dict(cell.get("attachments", {}))

    def attached(match: re.Match[str]) -> str:
        picture = _picture(match["address"], folder, refused)
        if picture is None or picture.kind == "":
            return match[0] if picture is not None else f"（图片没有放进来：`{match['address']}`）"
        name = f"{hashlib.sha256(picture.content.encode()).hexdigest()[:12]}-{Path(unquote(match['address'])).name}"
        attachments[name] = {picture.kind: picture.content}
        return f"![{match['alt']}](attachment:{name})"

    def inline(match: re.Match[str]) -> str:
        picture = _picture(match["address"], folder, refused)
        if picture is None or picture.kind == "":
            return match[0] if picture is not None else f"（图片没有放进来：`{match['address']}`）"
        return match[0].replace(match["address"], f"data:{picture.kind};base64,{picture.content}")

    cell.source = _IN_HTML.sub(inline, _IN_MARKDOWN.sub(attached, cell.source))
    if attachments:
        cell.attachments = _format.from_dict(attachments)


@dataclass(frozen=True, slots=True)
class _Picture:
    """``kind``: its MIME type, "" where it is in the notebook already; ``content``: base64."""

    kind: str = ""
    content: str = ""


def _picture(address: str, folder: Path, refused: list[str]) -> _Picture | None:
    """None where it is refused, and why in ``refused``."""
    if _NO_FILE.match(address):
        return _Picture()
    if _ELSEWHERE.match(address):
        refused.append(f"图片 {address} 在网上，网页不引用外面的东西")
        return None
    file = folder / unquote(address)
    kind = mimetypes.guess_type(file.name)[0] or ""
    try:
        if not kind.startswith("image/"):
            refused.append(f"{address} 不是图片")
        elif file.stat().st_size > _LARGEST:
            refused.append(f"图片 {address} 超过 {_LARGEST // 2**20} MB")
        else:
            return _Picture(kind, base64.b64encode(file.read_bytes()).decode())
    except OSError as failure:
        refused.append(f"图片 {address} 打不开：{reason_of(failure)}")
    return None
