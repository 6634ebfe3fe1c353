"""Pieces of the principal's and the bureau's page: HTML from ``templates/pages``, everything from data escaped."""

from __future__ import annotations

import re
from typing import Any

import jinja2

from xueji_lib.register import labels
from xueji_lib.reports.html import Shown, style
from xueji_lib.support import paths


def piece(template: str, **values: Any) -> Shown:
    """A piece that shows itself in a notebook; its text is the HTML without its marks."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([paths.templates("pages"), paths.templates("html")]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"moment": labels.moment, "term": labels.term}
    html = environment.get_template(f"{template}.html.j2").render(values)
    text = re.sub(r"<style>.*?</style>|<svg.*?</svg>", "", html, flags=re.DOTALL)
    return Shown(html, re.sub(r"\s*\n\s*", "\n", re.sub(r"<[^>]+>", " ", text)).strip())


def styles() -> str:
    """The reports' sheet and what the pages add."""
    return f"{style()}\n{paths.templates('pages', 'style.css').read_text('utf-8')}"
