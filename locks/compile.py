"""Write base.txt, dev.txt and s3-server.txt: every package the kit installs, pinned and with the hashes of its files.

One resolution serves Windows, macOS and Linux and every Python from 3.11 on: a package that only some of
them need has a marker. The files name no address, so they install from any index, mirror or folder of
wheels. Needs uv (the dev extra) and an index.

    python locks/compile.py             keep today's versions where pyproject.toml still allows them
    python locks/compile.py --upgrade   the newest versions it allows
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

LOCKS = Path(__file__).resolve().parent
COMMON = [
    "--universal",
    "--python-version=3.11",
    "--fork-strategy=fewest",  # one version of a package for all Pythons: the same results everywhere
    "--generate-hashes",
    "--no-header",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--quiet",
]


def compile_lock(target: str, *inputs: str) -> None:
    """Resolve ``inputs`` (relative to the project) into ``locks/<target>``."""
    command = ["uv", "pip", "compile", *COMMON, *sys.argv[1:], *inputs, "--output-file", f"locks/{target}"]
    subprocess.run(command, cwd=LOCKS.parent, check=True)


if __name__ == "__main__":
    compile_lock("base.txt", "pyproject.toml", "locks/build.in")
    compile_lock("s3-server.txt", "locks/s3-server.in")
    compile_lock("dev.txt", "pyproject.toml", "locks/build.in", "--extra=dev", "--constraint=locks/base.txt")
