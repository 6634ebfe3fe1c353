"""``python -m xueji_lib`` is ``xueji``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and leave with its exit status."""
    from xueji_lib.cli import xueji
    from xueji_lib.cli.chinese import run

    sys.exit(run(xueji))


if __name__ == "__main__":
    main()
