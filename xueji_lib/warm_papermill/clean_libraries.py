"""Settings that libraries keep for the whole process (a part of ``clean_slate``). A library that is not loaded
costs nothing; one that a notebook loads is set back to its own defaults.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any


def remember() -> Callable[[], object]:
    """Note the settings of pandas, numpy, matplotlib and ipywidgets; return the function that restores them."""
    pandas: Any = sys.modules.get("pandas")
    numpy: Any = sys.modules.get("numpy")
    options = _options(pandas.options) if pandas else {}
    drawn = numpy.random.get_state() if numpy else None
    errors = numpy.geterr() if numpy else {}
    printed = numpy.get_printoptions() if numpy else {}
    style = _raw(sys.modules["matplotlib"].rcParams) if "matplotlib" in sys.modules else None

    def restore() -> None:
        _close_widgets()
        _close_figures()
        if "matplotlib" in sys.modules:
            _style(sys.modules["matplotlib"], style)
        if pandas:
            for name, value in _options(pandas.options).items():
                if name in options and value != options[name]:
                    pandas.set_option(name, options[name])
        if numpy:
            numpy.random.set_state(drawn)
            numpy.seterr(**errors)
            if numpy.get_printoptions() != printed:
                numpy.set_printoptions(**printed)

    return restore


def _options(node: Any, path: str = "") -> dict[str, Any]:
    """pandas' options by their full names."""
    options: dict[str, Any] = {}
    for name in dir(node):
        value = getattr(node, name)
        if type(value) is type(node):
            options |= _options(value, f"{path}{name}.")
        else:
            options[path + name] = value
    return options


def _style(matplotlib: Any, style: dict[str, Any] | None) -> None:
    if style is None:
        matplotlib.rcdefaults()
    elif _raw(matplotlib.rcParams) != style:
        dict.update(matplotlib.rcParams, style)


def _raw(params: Any) -> dict[str, Any]:
    """matplotlib's settings as stored: reading the backend in the usual way would choose one."""
    return {name: dict.__getitem__(params, name) for name in dict.keys(params)}


def _close_figures() -> None:
    helpers = sys.modules.get("matplotlib._pylab_helpers")
    if helpers is not None:
        helpers.Gcf.destroy_all()


def _close_widgets() -> None:
    """Forget all widgets without closing messages: no page listens any more."""
    widgets: Any = sys.modules.get("ipywidgets.widgets.widget")
    for widget in list(widgets._instances.values()) if widgets is not None else ():
        widget.unobserve_all()
        widget.comm = None
    if widgets is not None:
        widgets._instances.clear()
