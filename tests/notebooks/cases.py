# ruff: noqa: E501, ISC004 - a cell is a line
"""Notebooks of the tests of the engines: what cells can show, how they can end, what they can leave behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

RICH: Final = [
    "x = 1\nprint('one')\nx",
    "import sys\nprint('out'); print('err', file=sys.stderr); print('out again')\n'result'",
    """from IPython.display import HTML, JSON, Image, display, clear_output
handle = display(HTML('<b>first</b>'), display_id='one', metadata={'text/html': {'isolated': True}})
print('between')
display({'text/plain': 'plain', 'application/json': {'a': [1, 2.5, None, '汉']}}, raw=True, metadata={'own': 1})
display('two', 'three')""",
    "handle.update(HTML('<i>changed</i>'))\nhandle.display(HTML('again'))\nNone",
    "for n in range(3):\n    clear_output(wait=True)\n    print('pass', n)",
    "print('gone')\nclear_output()\ndisplay('stays')",
    """class Rich:
    def _repr_html_(self): return '<p>html</p>', {'width': 3}
    def _repr_latex_(self): return '$x$'
    def _repr_mimebundle_(self, include=None, exclude=None): return {'text/x-own': 'bundle'}, {'text/x-own': {'k': 1}}
    def __repr__(self): return 'Rich()'
Rich()""",
    "import pandas as pd\npd.DataFrame({'甲': [1, 2], 'b': ['<x>', None]})",
    "import asyncio\nawait asyncio.sleep(0)\nasyncio.get_running_loop() is not None",
    "import subprocess\nsubprocess.run([sys.executable, '-c', 'print(\"child\")'])\nimport time\ntime.sleep(0.5)",
    "!echo shell",
    "%%capture caught\nprint('caught')\ndisplay('too')",
    "caught.stdout, len(caught.outputs)",
    "import warnings\nwarnings.warn('beware')",
    "import warnings\nwarnings.warn('beware')",
    "import logging\nlogging.getLogger('x').warning('logged')",
    "import contextvars\nvariable = contextvars.ContextVar('v')\nvariable.set(5)\nNone",
    "import numpy as np\nnp.set_printoptions(precision=2)\nnp.array([1.23456])",
    "np.array([1.23456])",
    """import ipywidgets as widgets
slider = widgets.IntSlider(3)
display(slider)
area = widgets.Output()
with area:
    print('inside')
    display(HTML('<b>inside</b>'))
area""",
    "slider.value = 7\nslider.value, len(area.outputs)",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2, 3])\nlen(plt.get_fignums())",
    "len(plt.get_fignums())",
    "import threading\nthread = threading.Thread(target=lambda: print('from a thread'))\nthread.start()\nthread.join()",
    "__name__, _, _3 if False else None, In[1][:5], 7 in Out",
    "get_ipython().__class__.__name__, get_ipython().kernel is not None, sys.stdout.isatty(), sys.stdout.encoding",
    "import time\nprint('slow', end=' ')\ntime.sleep(0.3)\nprint('and', end=' ')\nprint('steady')",
    "print('no newline', end='')",
    "",
    "    ",
    "x; y = 2;",
]
"""Cells of one notebook; every output must come out alike."""

ENDINGS: Final[dict[str, list[str]]] = {
    "an error": ["print('a')", "1/0", "print('never')"],
    "an error in a function": ["def f():\n    raise KeyError('汉')\nprint('a')\nf()"],
    "bad syntax": ["def broken(:\n    pass"],
    "sys.exit": ["import sys\nsys.exit(3)", "print('never')"],
    "input": ["input('?')"],
    "an error after await": ["await __import__('asyncio').sleep(0)\nraise RuntimeError('x')"],
    "no such magic": ["%no_such_magic"],
    "an error while showing": [
        "class Broken:\n    def _repr_html_(self): raise ValueError('in repr')",
        "print('a')\nBroken()",
        "print('never')",
    ],
    "own": ["class E(Exception):\n    def _render_traceback_(self): return ['short']\nraise E('m')"],
    "assert": ["assert False, 'x' * 10"],
}


def start(folder: Path) -> str:
    """The first cell of a leak's notebooks."""
    return f"import os, sys\nfolder = {str(folder)!r}"


LEAKS: Final[dict[str, tuple[str, str]]] = {
    # name: (what soils the process, what shows whether it is soiled)
    "names": ("leaked = 1", "'leaked' in globals(), 'leaked' in vars(sys.modules['__main__'])"),
    "builtins": (
        "import builtins\nbuiltins.leaked = 1\nbuiltins.ascii = lambda x: 7",
        "ascii(1), 'leaked' in dir(__builtins__)",
    ),
    "a library's names": (
        "import textwrap\ntextwrap.leaked = textwrap.shorten = 1",
        "import textwrap\nstr(textwrap.shorten)[:9], hasattr(textwrap, 'leaked')",
    ),
    "the kit's names": (
        "from xueji_lib.register import labels\nlabels.PRIMARY = 'x'",
        "from xueji_lib.register import labels\nlabels.PRIMARY",
    ),
    "the kit's tables": (
        "from xueji_lib.register import labels\nlabels.STATUSES['leaked'] = 1",
        "from xueji_lib.register import labels\nlist(labels.STATUSES)",
    ),
    "a module of its own": (
        "open(os.path.join(folder, 'own_module.py'), 'w').write('VALUE = 1')\nsys.path.insert(0, folder)\n"
        "import own_module\nown_module.VALUE = 2",
        "'own_module' in sys.modules",
    ),
    "a module out of nothing": (
        "import types\nsys.modules['made_up'] = types.ModuleType('made_up')",
        "'made_up' in sys.modules",
    ),
    "sys.path": ("sys.path.append('/leaked')\nsys.argv.append('x')", "'/leaked' in sys.path, len(sys.argv)"),
    "sys": ("sys.leaked = 1\nsys.setrecursionlimit(3000)", "hasattr(sys, 'leaked'), sys.getrecursionlimit()"),
    "the last error": ("try:\n    1/0\nexcept Exception as e:\n    sys.last_value = e", "hasattr(sys, 'last_value')"),
    "working folder": ("os.chdir(folder)", "os.getcwd()"),
    "environment": (
        "os.environ['LEAKED'] = '1'\nos.environ.pop('PATH')",
        "'LEAKED' in os.environ, 'PATH' in os.environ",
    ),
    "file mask": ("_ = os.umask(0o077)", "m = os.umask(0o022)\n_ = os.umask(m)\nm"),
    "time zone": (
        "import time\nos.environ['TZ'] = 'Asia/Urumqi'\ntime.tzset() if hasattr(time, 'tzset') else None",
        "import time\ntime.tzname, os.environ.get('TZ')",
    ),
    "locale": (
        "import locale\n_ = locale.setlocale(locale.LC_ALL, 'C')",
        "import locale\nlocale.setlocale(locale.LC_ALL)",
    ),
    "random": ("import random\nrandom.seed(1)", "import random\ns = random.getstate()\nhash(s)"),
    "numpy's random": ("import numpy as np\nnp.random.seed(1)", "import numpy as np\nnp.random.get_state()[1].sum()"),
    "numpy's printing": (
        "import numpy as np\nnp.set_printoptions(precision=1)",
        "import numpy as np\nnp.get_printoptions()['precision']",
    ),
    "pandas' options": (
        "import pandas as pd\npd.set_option('display.max_rows', 3)",
        "import pandas as pd\npd.get_option('display.max_rows')",
    ),
    "warnings": (
        "import warnings\nwarnings.simplefilter('error')\nwarnings.showwarning = print",
        "import warnings\nwarnings.filters[0][0], str(warnings.showwarning)[:20]",
    ),
    "a warning already shown": (
        "import warnings\nwarnings.simplefilter('default')\nwarnings.warn_explicit('w', UserWarning, 'f', 1, registry=sys.__dict__.setdefault('__warningregistry__', {}))",
        "'__warningregistry__' in vars(sys)",
    ),
    "log handlers": (
        "import logging\nlogging.basicConfig(level=10)\nlogging.getLogger('other').setLevel(50)\nlogging.disable(30)",
        "import logging\nr = logging.getLogger()\nlen(r.handlers), r.level, logging.getLogger('other').level, r.manager.disable",
    ),
    "figures": (
        "import matplotlib.pyplot as plt\nplt.ioff()\nfor _ in range(3): plt.figure()",
        "import matplotlib.pyplot as plt\nlen(plt.get_fignums()), plt.isinteractive()",
    ),
    "matplotlib's style": (
        "import matplotlib as mpl\nmpl.rcParams['font.size'] = 33\nmpl.use('svg')",
        "import matplotlib as mpl\nmpl.rcParams['font.size'], mpl.get_backend()",
    ),
    "widgets": (
        "import ipywidgets as w\nkept = [w.IntSlider() for _ in range(4)]\nsys.kept = kept",
        "import ipywidgets.widgets.widget as w\nlen(w._instances)",
    ),
    "comm targets": (
        "get_ipython().kernel.comm_manager.register_target('leaked', print)",
        "'leaked' in get_ipython().kernel.comm_manager.targets",
    ),
    "display formatters": (
        "get_ipython().display_formatter.formatters['text/plain'].for_type(int, lambda n, p, c: p.text('leaked'))",
        "5",
    ),
    "display hook": ("sys.displayhook = print", "sys.displayhook is print"),
    "shell hooks": ("get_ipython().events.register('post_run_cell', lambda *_: print('leaked'))", "'quiet'"),
    "magics": (
        "get_ipython().register_magic_function(lambda line: 1, 'line', 'leaked')",
        "'leaked' in get_ipython().magics_manager.magics['line']",
    ),
    "excepthook": (
        "sys.excepthook = print\nimport threading\nthreading.excepthook = print",
        "import threading\nsys.excepthook is print, threading.excepthook is print",
    ),
    "signals": (
        "import signal\n_ = signal.signal(signal.SIGTERM, signal.SIG_IGN)",
        "import signal\nsignal.getsignal(signal.SIGTERM) is signal.SIG_IGN",
    ),
    "garbage collection": ("import gc\ngc.disable()", "import gc\ngc.isenabled()"),
    "sockets": ("import socket\nsocket.setdefaulttimeout(3)", "import socket\nstr(socket.getdefaulttimeout())"),
    "context variables": ("import decimal\ndecimal.getcontext().prec = 5", "import decimal\ndecimal.getcontext().prec"),
    "import hooks": (
        "class Finder:\n    def find_spec(self, *a): return None\nsys.meta_path.insert(0, Finder())",
        "len(sys.meta_path), type(sys.meta_path[0]).__name__",
    ),
    "trace": ("sys.settrace(lambda *a: None)", "sys.gettrace() is None"),
    "farewells": (
        "import atexit\nnote = os.path.join(folder, 'farewell')\nwrite = open\natexit.register(lambda: write(note, 'a').write('x'))",
        "os.path.exists(os.path.join(folder, 'farewell')) and os.remove(os.path.join(folder, 'farewell')) or 'said or not'",
    ),
}

CLOSED_BY_THE_KERNEL: Final = {
    "names",
    "comm targets",
    "display formatters",
    "shell hooks",
    "magics",
    "display hook",
    "numpy's printing",
    "farewells",
}
"""Leaks that a fresh shell, a fresh comm manager and a fresh context close by themselves."""

RETIRING: Final = [
    pytest.param("import pandas as pd\nlen(pd.DataFrame({'a': [1]}))", False, id="thin"),
    pytest.param("import pandas as pd\nframe = pd.DataFrame({'a': [1]})\nframe['b'] = 2", False, id="a column"),
    pytest.param("import pandas as pd\npd.DataFrame.leaked = 1", True, id="a class of a library"),
    pytest.param("import pandas as pd\nsetattr(pd.DataFrame, 'leaked', 1)", True, id="setattr"),
    pytest.param("import mimetypes\nmimetypes.types_map['.x'] = 'y'", True, id="a library's table"),
    pytest.param("!true", True, id="a shell command"),
    pytest.param("exec('x = 1')", True, id="exec"),
    pytest.param("sys.path.insert(0, folder)\nimport own_module", True, id="a module of its own"),
    pytest.param(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(2,), daemon=True).start()",
        True,
        id="a thread",
    ),
]


def reasons_of(book: Any) -> list[str]:
    """Why a process would be given up after this notebook; to be run in a worker."""
    import papermill.engines

    from xueji_lib.notebook.kit_engine import HOST
    from xueji_lib.warm_papermill.warm_engine import WarmClient

    manager = papermill.engines.NotebookExecutionManager(book, progress_bar=False, autosave_cell_every=0)
    manager.nb.metadata.papermill = {}
    manager.notebook_start()
    client = WarmClient(manager)
    client.host = HOST
    client.execute()
    failed = [o for c in book.cells for o in c.outputs if o.output_type == "error"]
    assert not failed, failed
    return list(client.residue.reasons)
