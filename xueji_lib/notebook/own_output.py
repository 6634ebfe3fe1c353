"""What is kept of a notebook that somebody wrote: all that it shows, with the numbers of persons in it masked.

Unlike the kit's own notebooks it may print, and its errors say what went wrong; so every text is searched, also in
HTML, SVG and JSON, and in its own source.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from xueji_lib.register.masking import mask_sentence

_TAG: Final = re.compile(r"(<!--.*?-->|<[^>]*>)", re.DOTALL)
_SAID_IN_TAG: Final = re.compile(
    r"(\b(?:title|alt|value|placeholder|aria-label|data-[\w-]+)\s*=\s*)(\"[^\"]*\"|'[^']*')"
)
_PICTURE: Final = re.compile(r"image/(?!svg)|audio/|video/|application/pdf$")
_MARKUP: Final = ("text/html", "image/svg+xml", "text/markdown")


@dataclass
class Masking:
    """Masks texts and counts in how many something was masked."""

    count: int = 0

    def text(self, text: str) -> str:
        """A text with the numbers of persons in it masked."""
        masked = mask_sentence(text)
        self.count += masked != text
        return masked

    def markup(self, text: str) -> str:
        """HTML, SVG or Markdown: what it shows, not how it is drawn."""
        return "".join(
            self._tag(piece) if piece.startswith("<") and not piece.startswith("<!--") else self.text(piece)
            for piece in _TAG.split(text)
        )

    def _tag(self, tag: str) -> str:
        return _SAID_IN_TAG.sub(lambda match: match[1] + self.text(match[2]), tag)

    def content(self, content: Any) -> Any:
        """JSON: its texts and its whole numbers."""
        match content:
            case str():
                return self.text(content)
            case bool() | float() | None:
                return content
            case int():
                masked = self.text(str(content))
                return content if masked == str(content) else masked
            case list():
                return [self.content(item) for item in content]
            case dict():
                return {self.text(str(name)): self.content(item) for name, item in content.items()}
        return content

    def output(self, output: Any) -> None:
        """One output of a cell, in place."""
        if output.output_type == "stream":
            output.text = self.text(output.text)
        elif output.output_type == "error":
            output.evalue = self.text(output.evalue)
            output.traceback = [f"{output.ename}：{output.evalue}"]
        else:
            for kind in list(output.data):
                output.data[kind] = self._shown(kind, output.data[kind])

    def _shown(self, kind: str, content: Any) -> Any:
        if _PICTURE.match(kind):
            return content
        if kind in _MARKUP and isinstance(content, str):
            return self.markup(content)
        return self.content(content)
