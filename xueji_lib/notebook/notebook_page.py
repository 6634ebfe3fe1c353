"""A notebook that was run, as one page: every kind of output that JupyterLab shows, and no reference outside the page.

JavaScript and widgets cannot live in a page that is kept: it says so in their place.
"""

from __future__ import annotations

import base64
import html
import io
import json
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import xueji_lib.warm_papermill.lean_imports  # noqa: F401 isort: skip

import nbconvert

from xueji_lib.support import paths

if TYPE_CHECKING:
    from nbformat import NotebookNode

_convert: Any = nbconvert  # it has types for some functions only

_PICTURES: Final = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp")
_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_ALONE: Final = re.compile(r"^\s*(?:\$\$?|\\\[|\\\()?(?P<formula>.*?)(?:\$\$?|\\\]|\\\))?\s*$", re.DOTALL)


def page(notebook: NotebookNode, title: str) -> str:
    """One HTML file without code and without any reference outside itself."""
    body, _ = _exporter(paths.templates("html")).from_notebook_node(notebook, {"metadata": {"name": title}})
    return str(body)


class _Exporter(_convert.HTMLExporter):  # type: ignore[misc]
    """nbconvert's, without its last step: reading the whole page again to mark images and JupyterLab's own boxes, of
    which our template has none, takes as long as making it."""

    def from_notebook_node(self, nb: NotebookNode, resources: Any = None, **more: Any) -> Any:
        return _convert.TemplateExporter.from_notebook_node(self, nb, self._init_resources(resources), **more)

    def default_filters(self) -> Any:
        yield from super().default_filters()
        yield "markdown_cell", self._markdown_cell
        yield "markdown_text", lambda text: self.markdown2html({}, text)
        yield "formula", formula
        yield "base64_of", lambda text: base64.b64encode(text.encode("utf-8", "replace")).decode()
        yield "picture_kind", lambda data: next((kind for kind in _PICTURES if kind in data), "")
        yield "json_kind", _json_kind
        yield "json_text", lambda content: json.dumps(content, ensure_ascii=False, indent=1)
        yield "no_colours", lambda text: _COLOURS.sub("", text)

    def _markdown_cell(self, cell: Any) -> str:
        return str(self.markdown2html({"cell": cell}, cell.source))


@cache
def _exporter(templates: Path) -> Any:
    """Made once a process: the first takes a second."""
    return _Exporter(
        template_name="xueji",
        extra_template_basedirs=[str(templates)],
        exclude_input=True,
        exclude_anchor_links=True,
    )


def _json_kind(data: Mapping[str, Any]) -> str:
    """The kind of JSON among these, where it is all there is to see."""
    return next((kind for kind in data if kind == "application/json" or kind.endswith("+json")), "")


@lru_cache(1000)
def formula(text: str) -> str:
    """A LaTeX formula drawn; where matplotlib does not know it, as it is written."""
    from matplotlib import mathtext  # slow to load, and few notebooks have a formula

    match = _ALONE.match(text)
    drawn = io.BytesIO()
    try:
        mathtext.math_to_image(f"${match['formula'] if match else text}$", drawn, format="svg")
    except Exception:  # noqa: BLE001 it knows a part of LaTeX
        return f"<pre>{html.escape(text)}</pre>"
    picture = base64.b64encode(drawn.getvalue()).decode()
    return f'<p class="formula"><img alt="{html.escape(text)}" src="data:image/svg+xml;base64,{picture}"></p>'
