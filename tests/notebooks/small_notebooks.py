# ruff: noqa: E501, ISC004 - a cell is a line
"""Small notebooks as a county may write them, by name: what cells can show and how they can end.

A cell is a line of code, or a ``Cell`` where it is none, or has tags. What notebooks change in their process is in
``changing_notebooks``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias


@dataclass(frozen=True)
class Cell:
    """A cell that is no plain code."""

    source: str
    kind: str = "code"
    tags: tuple[str, ...] = ()
    attachments: Mapping[str, Any] = field(default_factory=dict)


SmallNotebook: TypeAlias = list[str | Cell]

DOT: Final = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
"""A picture of one pixel (PNG)."""
_DISPLAY: Final = "from IPython.display import *\nimport base64, sys, time\n"
_PLT: Final = "import matplotlib.pyplot as plt\n"
_SVG: Final = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><circle r='4'/></svg>"

TEXT: Final[dict[str, SmallNotebook]] = {
    "values": ["1 + 1", "'文字'", "None", "[1, {'甲': 2.5}]", "x = 3; x", "x;"],
    "stdout and stderr in turn": [
        "import sys\nfor n in range(3):\n    print('out', n)\n    print('err', n, file=sys.stderr)\n'result'"
    ],
    "a line that is written over": ["print('10%', end='\\r')\nprint('100%')\nprint('a\\bb')"],
    "text without an end": ["import sys\nsys.stdout.write('half')", "print(' the rest', end='')"],
    "flushing": ["print('a', flush=True)\nprint('b', end='', flush=True)\nprint('c')"],
    "a lone surrogate printed": ["print('前\\ud800后')", "'next'"],
    "a lone surrogate as the result": ["'前\\udc80后'", "'next'"],
    "a lone surrogate in HTML": [_DISPLAY + "display(HTML('<b>\\ud83d</b>'))", "'next'"],
    "a lone surrogate in an error": ["raise ValueError('\\ud800')"],
    "control characters": ["print('\\x00\\x07\\x1b[31mred\\x1b[0m')", "'\\x00\\u2028'"],
    "bytes to the stream": ["import sys\nsys.stdout.buffer.write(b'raw')"],
    # Not beside what Python printed: the warm engine shows them after it. The stock one's thread needs a moment.
    "bytes to the descriptor": [
        "import os, time\nos.write(1, b'raw\\n')\nos.write(2, b'raw too\\n')\ntime.sleep(1)",
        "print('text')",
    ],
    "a child process": [
        "import subprocess, sys, time\nsubprocess.run([sys.executable, '-c', 'print(1)'])\ntime.sleep(1)"
    ],
    "a child process caught": ["import subprocess\nsubprocess.check_output(['echo', '汉'], text=True)"],
    "much text": ["for n in range(3000):\n    print(n, '行' * 30)", "'字' * 20_000"],
    "redirected": [
        "import contextlib, io\ncaught = io.StringIO()\nwith contextlib.redirect_stdout(caught):\n    print('in')\n"
        "print('out', caught.getvalue())"
    ],
    "a stream of its own": ["import sys, io\nold, sys.stdout = sys.stdout, io.StringIO()\nprint('gone')", "print('?')"],
    "help": ["help(str.upper)", "str.upper?", "import textwrap\ntextwrap.indent??"],
}

SHOWN: Final[dict[str, SmallNotebook]] = {
    "HTML": [_DISPLAY + "HTML('<p>段落</p>')", "display(HTML('<script>1</script>'))"],
    "Markdown": [_DISPLAY + "Markdown('# 标题\\n\\n- **甲** $x$')"],
    "LaTeX": [_DISPLAY + "display(Latex('$\\\\frac{1}{2}$'))\nMath('x^2')"],
    "JSON": [_DISPLAY + "JSON({'甲': [1, None, 2.5]}, expanded=True, root='根')", "GeoJSON({'type': 'Point'})"],
    "SVG": [_DISPLAY + f'SVG("{_SVG}")'],
    "pictures": [
        _DISPLAY + f"dot = base64.b64decode('{DOT}')\nImage(dot, width=30, alt='点')",
        "Image(url='http://x/y.png')",
    ],
    "JPEG and GIF": [
        _DISPLAY + "import io\nfrom PIL import Image as Pil\n"
        "for kind in ('jpeg', 'gif'):\n    raw = io.BytesIO()\n    Pil.new('RGB', (4, 4), 'red').save(raw, kind)\n"
        "    display(Image(raw.getvalue(), format=kind))",
        "Pil.new('RGB', (2, 2), 'blue')",
    ],
    "JavaScript": [_DISPLAY + "Javascript('1 + 1')"],
    "frames, sound, films, links": [
        _DISPLAY + "display(IFrame('about:blank', 10, 10), FileLink('no-such-file.csv'))",
        "display(Audio(b'RIFF', rate=8000, normalize=False), Video('http://x/y.mp4'), Code('x = 1', language='python'))",
    ],
    "a bar of progress": [_DISPLAY + "bar = ProgressBar(3)\nbar.display()\nfor n in range(4):\n    bar.progress = n"],
    "many at once": [_DISPLAY + "display(1, '二', HTML('<i>3</i>'), {'text/plain': '四'}, [5])"],
    "raw bundles": [
        _DISPLAY + "display({'text/plain': 'p', 'application/x-own+json': {'k': 1}, 'text/html': '<p>'}, raw=True)"
    ],
    "a handle in a later cell": [
        _DISPLAY + "handle = display(HTML('<b>1</b>'), display_id='one')",
        "handle.update(HTML('<b>2</b>'))",
        "handle.display('again')\nupdate_display('three', display_id='one')",
    ],
    "an update of nothing": [_DISPLAY + "update_display('x', display_id='never shown')", "display(1, display_id='a')"],
    "cleared later": [
        _DISPLAY + "print('a')\nclear_output(wait=True)\nprint('b')",
        "print('c')\nclear_output(wait=True)",
    ],
    "cleared at once": [_DISPLAY + "print('a')\ndisplay(1)\nclear_output()\nprint('b')", "clear_output()"],
    "cleared in a loop": [
        _DISPLAY
        + _PLT
        + "for n in range(3):\n    plt.plot([n, 1])\n    plt.show()\n    clear_output(wait=True)\nprint('end')"
    ],
    "a repr of its own": [
        "class Own:\n    def _repr_html_(self): return '<b>own</b>'\n    def _repr_png_(self): return b'png'\n"
        "    def __repr__(self): return 'Own()'\nOwn()",
        "class Bundle:\n    def _repr_mimebundle_(self, **_): return {'text/markdown': '*b*', 'text/x-own': 'x'}\nBundle()",
    ],
    "a repr that fails": [
        "class Bad:\n    def _repr_html_(self): raise ValueError('x')\nprint('a')\nBad()",
        "print('b')",
    ],
    "a plain repr that fails": ["class Bad:\n    def __repr__(self): raise ValueError('x')\nBad()", "print('b')"],
    "pandas": [
        "import pandas as pd\npd.DataFrame({'甲': [1, 2], '<b>': ['x', None]})",
        "pd.Series([1.5, None], name='列')",
    ],
    "pandas, long and wide": ["import pandas as pd\npd.DataFrame({f'c{n}': range(200) for n in range(40)})"],
    "pandas' style": [
        "import pandas as pd\npd.DataFrame({'a': [1, 2]}).style.set_uuid('u').highlight_max().format('{:.1f}')"
    ],
    "pandas plots": [
        "import pandas as pd\npd.Series([1, 3, 2]).plot.bar(title='T')",
        "pd.DataFrame({'a': [1, 2]}).plot()",
    ],
    "numpy": [
        "import numpy as np\nnp.arange(12).reshape(3, 4) / 3",
        "np.set_printoptions(precision=2)\nnp.array([1 / 3])",
    ],
    "rich": ["from rich import print as show\nshow('[bold]甲[/bold]', {'a': 1})"],
    "widgets": [
        "import ipywidgets as w\nfrom IPython.display import display\ns = w.IntSlider(3)\ndisplay(s)",
        "s.value = 5\nw.HBox([w.Label('甲'), w.Button(description='乙')])",
        "area = w.Output()\nwith area:\n    print('in')\n    1/0\narea",
    ],
    "interact": ["from ipywidgets import interact\n@interact(n=(0, 3))\ndef f(n=1):\n    print('n', n)\n    return n"],
}

FIGURES: Final[dict[str, SmallNotebook]] = {
    "inline": ["%matplotlib inline\n" + _PLT + "plt.plot([1, 2])", "plt.plot([2, 1])\nplt.show()\nprint('after')"],
    "no magic": [_PLT + "plt.plot([1, 2])\nNone", "len(plt.get_fignums()), plt.get_backend(), plt.isinteractive()"],
    "the figure as the result": [_PLT + "fig, ax = plt.subplots(figsize=(2, 1))\nfig", "ax.plot([1, 2])\nfig"],
    "several figures": [_PLT + "for n in range(3):\n    plt.figure(figsize=(1, 1))\n    plt.plot([n, 1])"],
    "closed figures": [_PLT + "plt.plot([1])\nplt.close('all')", "plt.figure()\nplt.close()"],
    "figures as SVG": [
        "%matplotlib inline\n%config InlineBackend.figure_formats = ['svg']\n"
        + _PLT
        + "plt.rcParams['svg.hashsalt'] = 'x'\nplt.figure(figsize=(1, 1))\nplt.plot([1, 2])\nNone"
    ],
    "sharp figures": [
        "import matplotlib_inline.backend_inline as b\nb.set_matplotlib_formats('retina')\n"
        + _PLT
        + "plt.figure(figsize=(1, 1))\nplt.plot([1, 2])\nNone"
    ],
    "figures, not tight": [
        "%config InlineBackend.print_figure_kwargs = {'bbox_inches': None}\n" + _PLT + "plt.plot([1, 2])\nNone"
    ],
    "figures kept open": [
        "%config InlineBackend.close_figures = False\n" + _PLT + "plt.plot([1])\nNone",
        "len(plt.get_fignums())",
    ],
    "another backend": [
        "import matplotlib\nmatplotlib.use('agg')\n" + _PLT + "plt.plot([1])\nplt.show()",
        "plt.get_backend()",
    ],
    "%matplotlib --list": ["%matplotlib --list"],
    "a backend that is not there": ["%matplotlib qt", "%matplotlib nonsense"],
    "%pylab": ["%pylab inline", "plot([1, 2, 3])", "arange(3).mean(), pi"],
    "%gui": ["%gui", "%gui asyncio", "%gui nonsense"],
    "styles": [_PLT + "plt.style.use('ggplot')\nplt.rcParams['font.size'] = 20\nplt.plot([1, 2])\nNone"],
    "Chinese in a figure": [_PLT + "plt.figure(figsize=(1, 1))\nplt.title('汉')\nplt.show()"],
    "a figure saved": [
        _PLT + "import io\nraw = io.BytesIO()\nplt.plot([1, 2])\nplt.savefig(raw)\nplt.close()\nraw.getvalue()[:4]"
    ],
}

MAGICS: Final[dict[str, SmallNotebook]] = {
    "cells of other languages": [
        "%%html\n<b>x</b>",
        "%%markdown\n# x",
        "%%latex\n$x$",
        f"%%svg\n{_SVG}",
        "%%javascript\n1",
    ],
    "shell": ["!echo 一", "lines = !echo 二\nlines", "%%bash\necho 三; echo 四 >&2", "%sx echo 五"],
    "captured": ["%%capture caught\nprint('x')\n1", "caught.stdout, len(caught.outputs)", "caught.show()"],
    "names": ["a = 1\nb = 'x'", "%who", "%whos", "%reset -f", "a"],
    "settings": ["%precision 2\n1 / 3", "%env XUEJI_NONE=1", "%automagic 0", "%xmode Plain", "1/0"],
    "a file written and run": [
        "import os, tempfile\nos.chdir(tempfile.mkdtemp())",
        "%%writefile own.py\nprint('run', __name__)\nvalue = 4",
        "%run own.py",
        "value",
        "import own",
        "%pycat own.py",
    ],
    "autoreload": ["%load_ext autoreload\n%autoreload 2", "1"],
    "history": ["x = 1", "%history", "In[1], Out, _, __"],
    "no such magic": ["%no_such", "'never'"],
    "async": [
        "import asyncio\nawait asyncio.sleep(0)\n[x async for x in (lambda: (i async for i in a()))()] if False else 1"
    ],
    "a task that goes on": [
        "import asyncio\nasync def later():\n    for n in range(3):\n        await asyncio.sleep(0.01)\n    return 'done'\n"
        "task = asyncio.create_task(later())\nNone",
        "await task",
    ],
    "threads": [
        "import threading\nt = threading.Thread(target=print, args=('thread',))\nt.start(); t.join()",
        "def bad(): raise ValueError('in a thread')\nt = threading.Thread(target=bad)\nt.start(); t.join()",
    ],
    "processes": [
        "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(2) as p:\n    print(list(p.map(abs, [-1, 2])))"
    ],
}

ENDS: Final[dict[str, SmallNotebook]] = {
    "an error in the middle": [
        Cell("## 二、各班人数", "markdown"),
        "print('a')",
        "def f(x):\n    return 1 / x\nf(0)",
        "print('never')",
    ],
    "chained errors": ["try:\n    {}['甲']\nexcept KeyError as e:\n    raise ValueError('乙') from e"],
    "several errors": ["raise ExceptionGroup('g', [ValueError('a'), TypeError('b')])"],
    "a note": ["e = ValueError('x')\ne.add_note('备注')\nraise e"],
    "endless recursion": ["def f(n):\n    return f(n + 1)\nf(0)"],
    "endless recursion of two": ["def f(n):\n    return g(n)\ndef g(n):\n    return f(n)\nf(0)"],
    "bad syntax": ["x = (1,", "print('never')"],
    "bad indentation": ["if 1:\nprint(1)"],
    "SystemExit": ["print('a')\nraise SystemExit", "print('never')"],
    "sys.exit with a sentence": ["import sys\nsys.exit('停')", "print('never')"],
    "exit()": ["exit()", "print('after')"],
    "Ctrl-C": ["raise KeyboardInterrupt", "print('never')"],
    "input": ["input('名字？')", "print('never')"],
    "getpass": ["import getpass\ngetpass.getpass()", "print('never')"],
    "breakpoint": ["x = 1\nbreakpoint()\nx", "print('after')"],
    "an error that may be": [Cell("1/0", tags=("raises-exception",)), "print('on')"],
    "an error in a library": ["import json\njson.loads('{bad')"],
    "an error in pandas": ["import pandas as pd\npd.DataFrame({'a': [1]})['b']"],
    "a warning as an error": ["import warnings\nwarnings.simplefilter('error')\nwarnings.warn('x')"],
    "warnings": [
        "import warnings\nfor _ in range(2):\n    warnings.warn('一')",
        "warnings.warn('二', DeprecationWarning)",
    ],
    "a failed assertion": ["assert 1 == 2, '不等'"],
    "out of memory": ["raise MemoryError('no')"],
    "an own traceback": ["class E(Exception):\n    def _render_traceback_(self): return ['short']\nraise E('m')"],
    "an error that cannot be shown": ["class E(Exception):\n    def __str__(self): raise ValueError('x')\nraise E"],
    "an error that nobody catches": [
        "class D:\n    def __del__(self): raise ValueError('x')\nd = D()\ndel d\nprint('on')"
    ],
}

CELLS: Final[dict[str, SmallNotebook]] = {
    "parameters": [Cell("a = 1\nb = '乙'", tags=("parameters",)), "a, b"],
    "hidden cells": [Cell("print('hidden')", tags=("hide", "remove-cell", "hide-input")), "print('shown')"],
    "a skipped cell": [Cell("1/0", tags=("skip-execution",)), "print('on')"],
    "text, raw, empty": [Cell("# 标题\n\n$x^2$", "markdown"), Cell("raw <b>", "raw"), "", "   ", "# 只有注释", "1"],
    "a picture pasted": [
        Cell("![点](attachment:dot.png)", "markdown", attachments={"dot.png": {"image/png": DOT}}),
        "1",
    ],
    "a picture beside": [Cell("![点](dot.png) ![没有](none.png) <img src='dot.png'>", "markdown"), "1"],
}

ALL: Final[dict[str, SmallNotebook]] = {**TEXT, **SHOWN, **FIGURES, **MAGICS, **ENDS, **CELLS}

SELDOM: Final = frozenset(
    {
        "a line that is written over", "bytes to the descriptor", "text without an end", "flushing", "a lone surrogate as the result",
        "a lone surrogate in HTML", "control characters", "a child process caught", "redirected", "LaTeX", "JavaScript",
        "frames, sound, films, links", "a bar of progress", "many at once", "raw bundles", "an update of nothing",
        "cleared at once", "a plain repr that fails", "pandas' style", "numpy", "rich", "several figures",
        "closed figures", "sharp figures", "figures, not tight", "figures kept open", "another backend",
        "%matplotlib --list", "Chinese in a figure", "a figure saved", "captured", "names", "autoreload", "history",
        "processes", "several errors", "a note", "endless recursion of two", "bad indentation",
        "sys.exit with a sentence", "getpass", "an error in a library", "an error in pandas", "a failed assertion",
        "out of memory", "an error that nobody catches", "hidden cells", "text, raw, empty", "pandas' engine for text",
        "threads of Arrow", "a style within a block", "a library's path", "logging by a table", "a timer",
        "a child that runs on", "decimals", "the limit of recursion", "files mask, time zone", "limits of the process",
        "kinds of archives", "pickling", "names of XML", "sqlite", "a function patched", "builtins",
        "temporary folders", "files left open", "the event loop", "a codec", "numpy's printing", "JPEG and GIF",
        "values", "help", "an own traceback", "settings", "no such magic", "a colour map",
    }
)  # fmt: skip
"""Left to ``benchmarks.small_notebooks``: the tests would take twice as long for little more."""
