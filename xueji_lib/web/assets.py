"""The pages' scripts and styles, as one text each: no build step, nothing fetched by the browser.

The files in ``assets/`` are plain ES modules; here they are put one after another, which makes one module of them.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).with_name("assets")
_IMPORT: Final = re.compile(r"^import \{[^}]*\} from \"\./[a-z_]+\.js\";\n", re.MULTILINE)
_EXPORT: Final = re.compile(r"^export (?=(?:async )?(?:function|const|let|class) )", re.MULTILINE)


@cache
def script(*names: str) -> str:
    """The modules ``names`` (without .js), each after those it imports; the last one holds the widget."""
    texts = []
    for name in names:
        text = _IMPORT.sub("", (_FOLDER / f"{name}.js").read_text("utf-8"))
        texts.append(f"// {name}.js\n{_EXPORT.sub('', text)}")
    return "\n".join(texts)


@cache
def style(*names: str) -> str:
    """Style sheets, one after another."""
    return "\n".join((_FOLDER / f"{name}.css").read_text("utf-8") for name in names)
