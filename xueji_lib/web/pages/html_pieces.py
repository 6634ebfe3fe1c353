"""Parts of the principal's and the bureau's page: HTML from ``templates/pages``, everything from data escaped."""

from __future__ import annotations

import re
from typing import Any

import jinja2

from xueji_lib.reports.pages.piece import HtmlPiece, environment_of, style
from xueji_lib.support import paths


def environment() -> jinja2.Environment:
    """The Jinja environment of ``templates/pages``, beside it the pieces of ``templates/html``."""
    return environment_of(paths.templates("pages"), paths.templates("html"))


def piece(template: str, **values: Any) -> HtmlPiece:
    """A template filled in, to be shown in a notebook; its text is the HTML without tags, styles and drawings."""
    html = environment().get_template(f"{template}.html.j2").render(values)
    text = re.sub(r"<style>.*?</style>|<svg.*?</svg>", "", html, flags=re.DOTALL)
    return HtmlPiece(html, re.sub(r"\s*\n\s*", "\n", re.sub(r"<[^>]+>", " ", text)).strip())


def styles() -> str:
    """The style sheet of the reports, and what the pages add to it."""
    return f"{style()}\n{paths.templates('pages', 'style.css').read_text('utf-8')}"
