"""A page that cannot be opened says why. The server hands on no error's text, because most quote a record; the kit's
own errors are written for the screen, so they are shown as what the cell displays."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from html import escape
from typing import ParamSpec, TypeVar

from IPython.display import HTML, display

from xueji_lib.support.errors import XuejiError
from xueji_lib.web.visitor import served

P = ParamSpec("P")
T = TypeVar("T")


def told(opening: Callable[P, T]) -> Callable[P, T]:
    """Show the sentence of a XuejiError before it ends the page; by hand in JupyterLab the error shows itself."""

    @wraps(opening)
    def opened(*given: P.args, **named: P.kwargs) -> T:
        try:
            return opening(*given, **named)
        except XuejiError as error:
            if served(os.environ):
                said = f'<div class="xj-error" role="alert"><h1>这一页没有打开</h1><p>{escape(str(error))}</p></div>'
                display(HTML(said))  # type: ignore[no-untyped-call]
            raise

    return opened
