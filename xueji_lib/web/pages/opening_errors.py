"""A page that cannot be opened shows why. The server passes on no error's text, because most errors quote a record; the
kit's own errors are written for the screen, so they are shown as what the cell displays."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from html import escape
from typing import ParamSpec, TypeVar

from IPython.display import HTML, display

from xueji_lib.notebook.by_hand import served
from xueji_lib.support.errors import XuejiError

P = ParamSpec("P")
T = TypeVar("T")


def shows_errors(opening: Callable[P, T]) -> Callable[P, T]:
    """The function that opens a page, so that it shows a XuejiError's sentence before raising it.

    Only where a server shows the page: by hand in JupyterLab the error shows itself.
    """

    @wraps(opening)
    def open_or_show(*arguments: P.args, **keywords: P.kwargs) -> T:
        try:
            return opening(*arguments, **keywords)
        except XuejiError as error:
            if served(os.environ):
                sentence = (
                    f'<div class="xj-error" role="alert"><h1>这一页没有打开</h1><p>{escape(str(error))}</p></div>'
                )
                display(HTML(sentence))  # type: ignore[no-untyped-call]
            raise

    return open_or_show
