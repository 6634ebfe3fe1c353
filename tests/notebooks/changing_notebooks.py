# ruff: noqa: E501, ISC004 - a cell is a line
"""Small notebooks that change something of their process, by name: each is put back, or the process is given up."""

from __future__ import annotations

from typing import Final

from tests.notebooks.small_notebooks import SmallNotebook

CHANGING: Final[dict[str, SmallNotebook]] = {
    "pandas' accessors": [
        "import pandas as pd\n@pd.api.extensions.register_dataframe_accessor('own')\nclass Own:\n"
        "    def __init__(self, frame): self.frame = frame\n    @property\n    def size(self): return self.frame.size",
        "pd.api.extensions.register_series_accessor('own')(Own)\npd.DataFrame({'a': [1]}).own.size",
    ],
    "pandas' options": [
        "import pandas as pd\npd.set_option('display.max_rows', 3)\npd.options.display.precision = 1\n"
        "pd.DataFrame({'a': [x / 3 for x in range(9)]})"
    ],
    "pandas' engine for text": [
        "import pandas as pd\npd.set_option('mode.string_storage', 'python')\npd.Series(['a']).dtype"
    ],
    "an extension dtype": [
        "import pandas as pd\nfrom pandas.api.extensions import ExtensionDtype, register_extension_dtype\n"
        "@register_extension_dtype\nclass Own(ExtensionDtype):\n    name = 'own'\n    type = str\n"
        "pd.api.types.pandas_dtype('own')"
    ],
    "a codec": [
        "import codecs\ncodecs.register(lambda name: codecs.lookup('utf-8') if name == 'own' else None)\n'汉'.encode('own')"
    ],
    "an error handler of codecs": [
        "import codecs\ncodecs.register_error('own', lambda e: ('?', e.end))\n'汉'.encode('ascii', 'own')"
    ],
    "filters of warnings": [
        "import warnings\nwarnings.filterwarnings('ignore')\nwarnings.warn('silent')\nlen(warnings.filters) > 0",
        "warnings.resetwarnings()\nwarnings.warn('heard')",
    ],
    "an extension type of Arrow": [
        "import pyarrow as pa\nclass Own(pa.ExtensionType):\n    def __init__(self): super().__init__(pa.int8(), 'own')\n"
        "    def __arrow_ext_serialize__(self): return b''\n    @classmethod\n"
        "    def __arrow_ext_deserialize__(cls, storage, serialized): return cls()\npa.register_extension_type(Own())",
        "pa.ExtensionArray.from_storage(Own(), pa.array([1], pa.int8())).type.extension_name",
    ],
    "threads of Arrow": ["import pyarrow as pa\npa.set_cpu_count(1)\npa.cpu_count()"],
    "matplotlib's settings": [
        "import matplotlib as mpl\nmpl.rcParams['font.sans-serif'] = ['SimHei']\nmpl.rc('axes', grid=True)\n"
        "mpl.rcParams['axes.grid']"
    ],
    "a style within a block": [
        "import matplotlib.pyplot as plt\nwith plt.style.context('ggplot'):\n    plt.plot([1, 2])\nNone"
    ],
    "a colour map": [
        "import matplotlib as mpl\nmpl.colormaps.register(mpl.colors.ListedColormap(['red'], name='own'))\n'own' in mpl.colormaps"
    ],
    "units of matplotlib": [
        "import matplotlib.units as u\nclass Own: pass\nu.registry[Own] = u.ConversionInterface()\nOwn in u.registry"
    ],
    "locale": ["import locale\nlocale.setlocale(locale.LC_ALL, 'C')"],
    "environment": [
        "import os\nos.environ['OWN'] = '1'\nos.environ.update(TWO='2')\nos.putenv('THREE', '3')\nos.environ['OWN']"
    ],
    "the working folder": [
        "import os, tempfile\nos.chdir(tempfile.gettempdir())\nos.path.exists('no-such')",
        "%pwd\nNone",
    ],
    "sys.path": ["import sys\nsys.path.insert(0, '/own')\nsys.path.append('/two')\nsys.path[0]"],
    "a library's path": ["import site\nsite.addsitedir('/own/none')\nNone"],
    "log handlers": [
        "import logging, sys\nlogging.basicConfig(level='INFO', stream=sys.stdout, format='%(message)s')\nlogging.info('记下')",
        "logging.getLogger('own').addHandler(logging.StreamHandler())\nlogging.getLogger('own').info('两次')",
        "logging.addLevelName(35, 'OWN')\nlogging.log(35, '级别')\nlogging.captureWarnings(True)",
    ],
    "logging by a table": [
        "import logging.config\nlogging.config.dictConfig({'version': 1, 'root': {'level': 'DEBUG'}})\nlogging.getLogger().level"
    ],
    "atexit": ["import atexit\natexit.register(lambda: None)\n'registered'"],
    "a thread that runs on": [
        "import threading, time\nthreading.Thread(target=time.sleep, args=(5,), daemon=True).start()\n'on'"
    ],
    "a timer": ["import threading\nt = threading.Timer(30, print)\nt.daemon = True\nt.start()\nt.is_alive()"],
    "a child that runs on": [
        "import subprocess, sys\np = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(8)'])\np.poll()"
    ],
    "signal handlers": [
        "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nsignal.getsignal(signal.SIGTERM) is signal.SIG_IGN"
    ],
    "dialects of csv": [
        "import csv, io\ncsv.register_dialect('own', delimiter='|')\ncsv.field_size_limit(10**6)\nnext(csv.reader(['a|b'], 'own'))"
    ],
    "decimals": ["from decimal import Decimal, getcontext\ngetcontext().prec = 3\nDecimal(1) / 3"],
    "random numbers": [
        "import random, numpy as np\nrandom.seed(1); np.random.seed(1)\nrandom.random(), np.random.rand()"
    ],
    "numpy's printing": [
        "import numpy as np\nnp.set_printoptions(suppress=True)\nnp.seterr(all='ignore')\nnp.array([1e-9]) / 0"
    ],
    "garbage": ["import gc\ngc.disable(); gc.set_threshold(5)\ngc.callbacks.append(lambda *_: None)\ngc.isenabled()"],
    "the limit of recursion": ["import sys\nsys.setrecursionlimit(4000)\nsys.getrecursionlimit()"],
    "hooks of sys": ["import sys\nsys.excepthook = sys.displayhook = print\nsys.addaudithook(lambda *_: None)", "1"],
    "files mask, time zone": [
        "import os, time\nos.umask(0o077)\nos.environ['TZ'] = 'Asia/Shanghai'\ntime.tzset()\ntime.tzname"
    ],
    "limits of the process": [
        "import resource\nresource.setrlimit(resource.RLIMIT_CORE, (0, 0))\nresource.getrlimit(resource.RLIMIT_CORE)[0]"
    ],
    "types of files": ["import mimetypes\nmimetypes.add_type('text/own', '.own')\nmimetypes.guess_type('a.own')"],
    "kinds of archives": [
        "import shutil\nshutil.register_archive_format('own', print)\n'own' in dict(shutil.get_archive_formats())"
    ],
    "virtual subclasses": [
        "from collections.abc import Sized\nclass Own: pass\nSized.register(Own)\nissubclass(Own, Sized)"
    ],
    "pickling": [
        "import copyreg\nclass Own: pass\ncopyreg.pickle(Own, lambda o: (Own, ()))\nOwn in copyreg.dispatch_table"
    ],
    "names of XML": [
        "from xml.etree import ElementTree as E\nE.register_namespace('own', 'http://own')\nE.tostring(E.Element('{http://own}a'))"
    ],
    "sqlite": [
        "import sqlite3\nsqlite3.register_adapter(complex, str)\nsqlite3.connect(':memory:').execute('select ?', (1j,)).fetchone()"
    ],
    "a class patched": [
        "import pandas as pd\npd.DataFrame.own = lambda self: len(self)\npd.DataFrame({'a': [1]}).own()"
    ],
    "a function patched": ["import textwrap\ntextwrap.shorten = lambda *_, **__: 'patched'\ntextwrap.shorten('x', 1)"],
    "builtins": ["import builtins\nbuiltins.own = 5\nown"],
    "a module of its own": ["import sys, types\nsys.modules['own'] = types.ModuleType('own')\nimport own\nown"],
    "formatters, magics, hooks of the shell": [
        "ip = get_ipython()\nip.display_formatter.formatters['text/plain'].for_type(int, lambda n, p, c: p.text('n'))",
        "5",
        "ip.events.register('post_run_cell', lambda *_: print('after'))",
        "ip.register_magic_function(lambda line: 'magic', 'line', 'own')",
        "%own",
    ],
    "temporary folders": ["import tempfile\ntempfile.tempdir = '/tmp'\ntempfile.gettempdir()"],
    "the event loop": [
        "import asyncio\nasyncio.get_event_loop_policy().__class__.__name__ != ''",
        "asyncio.create_task(asyncio.sleep(60))\nNone",
    ],
    "files left open": ["import tempfile\nkept = tempfile.TemporaryFile()\nkept.write(b'x')"],
    "a pool left open": [
        "from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor(2)\nlist(pool.map(abs, [-1]))"
    ],
    "the kit's own tables": [
        "from xueji_lib.register import labels\nlabels.STATUSES['own'] = 1\nlen(labels.STATUSES) > 1"
    ],
}
