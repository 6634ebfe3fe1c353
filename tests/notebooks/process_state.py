"""What a notebook can change in a process, written down, so that two moments can be compared."""

from __future__ import annotations

import abc
import codecs
import contextlib
import copyreg
import csv
import decimal
import gc
import locale
import logging
import mimetypes
import os
import random
import shutil
import signal
import sys
import tempfile
import textwrap
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from xueji_lib.support import worker


@contextlib.contextmanager
def retirement_noted(reasons: list[str]) -> Iterator[None]:
    """While it lasts, what is given as a reason to give this process up is written into ``reasons``; the process really
    is given up too."""
    from xueji_lib.notebook import kit_engine
    from xueji_lib.warm_papermill.warm_engine import WarmClient

    execute = WarmClient.execute

    def noting(client: Any, **options: Any) -> Any:
        try:
            return execute(client, **options)
        finally:
            reasons.extend(client.residue.reasons)

    WarmClient.execute = noting
    try:
        yield
    finally:
        WarmClient.execute = execute
        assert kit_engine.NAME
    if reasons:
        worker.retire()


def state() -> dict[str, Any]:
    """Name of a registry or setting → what it holds, as text."""
    import matplotlib as mpl
    import matplotlib.units
    import numpy as np
    import pandas as pd
    import pyarrow as pa
    from pandas.core.dtypes.base import _registry

    mask = os.umask(0o22)
    os.umask(mask)
    root = logging.getLogger()
    loggers = [root, *(x for x in root.manager.loggerDict.values() if isinstance(x, logging.Logger))]
    handled = [threading.main_thread(), *threading.enumerate()]
    held: dict[str, Any] = {
        "pandas' classes": [sorted(vars(kind)) for kind in (pd.DataFrame, pd.Series, pd.Index)],
        "pandas' accessors": [sorted(kind._accessors) for kind in (pd.DataFrame, pd.Series, pd.Index)],
        "pandas' options": pd.describe_option("", _print_desc=False),
        "pandas' dtypes": _registry.dtypes,
        "codec": _known(codecs.lookup, "own"),
        "error handler": _known(codecs.lookup_error, "own"),
        "warnings": (warnings.filters, warnings.showwarning),
        "arrow": (_arrow_knows_own(pa), pa.cpu_count()),
        "rcParams": {name: dict.__getitem__(mpl.rcParams, name) for name in dict.keys(mpl.rcParams)},
        "colour maps": sorted(mpl.colormaps),
        "units": list(matplotlib.units.registry),
        "locale": locale.setlocale(locale.LC_ALL),
        "environment": dict(os.environ),
        "folder": Path.cwd(),
        "sys": (sys.path, sys.meta_path, sys.argv, sys.getrecursionlimit(), sys.excepthook, sys.displayhook),
        "loggers": [(x.name, x.handlers, x.level, x.disabled, x.propagate) for x in loggers if x.handlers or x.level],
        "levels": logging.getLevelName(35),
        "threads": sorted({thread.name for thread in handled}),
        "signals": [signal.getsignal(number) for number in sorted(signal.valid_signals())],
        "csv": (csv.list_dialects(), csv.field_size_limit()),
        "decimal": decimal.getcontext(),
        "random": (hash(random.getstate()), str(np.random.get_state())),  # noqa: NPY002
        "numpy": (np.get_printoptions(), np.geterr()),
        "garbage": (gc.isenabled(), gc.get_threshold(), len(gc.callbacks)),
        "mask, zone": (mask, time.tzname),
        "mimetypes": mimetypes.guess_type("a.own"),
        "archives": sorted(shutil._ARCHIVE_FORMATS),  # type: ignore[attr-defined]
        "abc": abc.get_cache_token(),
        "pickling": len(copyreg.dispatch_table),
        "builtins": sorted(vars(sys.modules["builtins"])),
        "a function": textwrap.shorten,
        "temporary": tempfile.tempdir,
        "own module": "own" in sys.modules,
    }
    return {name: repr(value) for name, value in held.items()}


def _known(look_up: Any, name: str) -> bool:
    try:
        look_up(name)
    except LookupError:
        return False
    return True


def _arrow_knows_own(pa: Any) -> bool:
    try:
        pa.unregister_extension_type("own")
    except pa.lib.ArrowException:
        return False
    return True
