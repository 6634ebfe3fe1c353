"""The layout of ``--help`` in Chinese: a Chinese character takes two columns, and a line may break after any."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

import click

# What may not be torn apart: a run of Latin letters, digits and signs, or a Chinese character, with the
# punctuation that may not end a line before it and that may not begin one after it; a space.
_PIECE: Final = re.compile(r"[（《“]*(?:[!-~]+|[^!-~ ])[，。、；：！？）》”…]*| ")


def width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def wrap(text: str, columns: int) -> list[str]:
    """The text in lines of at most ``columns`` columns; a longer word stands alone."""
    lines, line = [], ""
    for piece in _PIECE.findall(" ".join(text.split())):
        if line and width(line + piece) > columns:
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
    return [*lines, line.rstrip()]


class Formatter(click.HelpFormatter):
    """click's formatter, with columns that line up."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:  # noqa: ARG002
        self.write(f"用法：{prog} {args}\n".rstrip(" "))

    def write_heading(self, heading: str) -> None:
        self.write(f"{'':>{self.current_indent}}{heading}：\n")

    def write_text(self, text: str) -> None:
        indent = " " * self.current_indent
        paragraphs = [wrap(part, self.width - self.current_indent) for part in text.split("\n\n")]
        self.write("\n\n".join("\n".join(indent + line for line in part) for part in paragraphs) + "\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        rows = list(rows)
        first = min(max((width(term) for term, _ in rows), default=0), col_max) + col_spacing
        indent = " " * self.current_indent
        for term, text in rows:
            head, *rest = wrap(text, max(self.width - self.current_indent - first, 20))
            if width(term) + col_spacing > first:
                self.write(f"{indent}{term}\n{indent}{' ' * first}{head}\n")
            else:
                self.write(f"{indent}{term}{' ' * (first - width(term))}{head}\n".rstrip(" "))
            for line in rest:
                self.write(f"{indent}{' ' * first}{line}\n")


class Context(click.Context):
    """A context whose help is laid out by ``Formatter``."""

    formatter_class = Formatter
