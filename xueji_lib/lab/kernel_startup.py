"""Run in every kernel that ``xueji lab`` starts: JupyterLab sets all cells of a table to the right; names and sentences
stand on the left here, numbers stay."""

from __future__ import annotations

import uuid
from typing import Any


def aligned_html(frame: Any) -> str | None:
    """The pandas frame as pandas shows it, with a style by which the columns without numbers are set to the left."""
    shown: str | None = frame._repr_html_()
    if shown is None:
        return None
    mark = f"xueji-{uuid.uuid4().hex[:12]}"
    indexes = frame.index.nlevels
    numeric = [dtype.kind in "iufc" for dtype in frame.dtypes]
    texts = [indexes + position for position, is_number in enumerate(numeric, start=1) if not is_number]
    cells = [f"#{mark} tr > :nth-child({position})" for position in texts]
    style = f"<style>{', '.join(cells)} {{ text-align: left; }}</style>" if cells else ""
    return f'<div id="{mark}">{style}{shown}</div>'


def install() -> None:
    """Have this kernel's tables shown so. pandas is not loaded for it."""
    from IPython import get_ipython

    shell: Any = get_ipython()
    if shell is not None:
        shell.display_formatter.formatters["text/html"].for_type_by_name("pandas", "DataFrame", aligned_html)


if __name__ == "__main__":
    install()
