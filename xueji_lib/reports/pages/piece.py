"""A piece of a page (``HtmlPiece``): HTML in a notebook and in a browser, plain text elsewhere.

The words and the layout are in ``templates/html``. Nothing links anywhere outside the page, and everything that comes
from data is escaped.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from xueji_lib.register import labels
from xueji_lib.support import paths


@dataclass(frozen=True, slots=True)
class HtmlPiece:
    """A piece of a page: ``html`` for a notebook or a browser, ``text`` for a terminal."""

    html: str
    text: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return self.text


def line(text: str) -> HtmlPiece:
    """A piece that is one line of text in grey."""
    return HtmlPiece(str(Markup('<div class="xj"><p class="faint">{}</p></div>').format(text)), text)


def style() -> Markup:
    """The style sheet of ``templates/html``, to be put into a page."""
    return Markup(paths.templates("html", "style.css").read_text("utf-8"))


def environment() -> jinja2.Environment:
    """The Jinja environment of ``templates/html``."""
    return environment_of(paths.templates("html"))


@cache
def environment_of(*folders: Path) -> jinja2.Environment:
    """The Jinja environment of these folders: HTML escaped, an unknown name an error. Kept, because compiling a
    template takes longer than filling it; a changed file is read again."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folders),
        autoescape=jinja2.select_autoescape(("html.j2",)),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"moment": labels.moment, "term": labels.term}
    return made


def compile_all(templates: jinja2.Environment) -> None:
    """Compile the templates that lie in the folders themselves, before somebody waits for one."""
    for name in templates.list_templates(filter_func=lambda name: name.endswith(".j2") and "/" not in name):
        templates.get_template(name)


def render(name: str, **values: Any) -> HtmlPiece:
    """The piece that the templates ``<name>.html.j2`` and ``<name>.txt.j2`` make of the values."""
    templates = environment()
    html, text = (templates.get_template(f"{name}.{kind}.j2").render(values) for kind in ("html", "txt"))
    return HtmlPiece(html, text.strip())
