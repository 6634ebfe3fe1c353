"""What a forked kernel may do to the machine, whatever code runs in it: no new rights, bounded memory and files, and
(Landlock, Linux 5.13 and later) only the folders that its page needs.

A principal's kernel reads and writes its school's view of the store and the casebook's folder, not the county's store;
no kernel reads another's connection file, whose key would let it speak to that. docs/security.md says what remains.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import shutil
import struct
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from xueji_lib.support import paths
from xueji_lib.web.door import FOLDERS

_MEMORY: Final = 8 * 2**30
_FILE: Final = 2 * 2**30
_OPEN_FILES: Final = 1024
_NO_NEW_PRIVS: Final = 38
_CREATE, _ADD, _RESTRICT = 444, 445, 446
"""System calls, the same on every architecture."""
_VERSION: Final = 1
_PATH_BENEATH: Final = 1
_EXECUTE, _WRITE, _READ_FILE, _READ_DIR, _TRUNCATE, _DEVICE = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 14, 1 << 15
_REMOVE_FILE, _MAKE_SOCKET, _REFER = 1 << 5, 1 << 9, 1 << 13
_FIRST: Final = (1 << 13) - 1
"""Rights that the first version knows."""
_OF_FILES: Final = _EXECUTE | _WRITE | _READ_FILE | _TRUNCATE | _DEVICE
_LOOK: Final = _EXECUTE | _READ_FILE | _READ_DIR
_ALL: Final = _FIRST | _REFER | _TRUNCATE | _DEVICE
_NO_SIGNALS: Final = 1 << 1
_SYSTEM: Final = ("/usr", "/lib", "/lib64", "/bin", "/etc", "/opt", "/proc", "/sys", "/nix", "/run/postgresql")


def confine(environment: Mapping[str, str], connection_file: str) -> bool:
    """Confine this process and all that it starts; whether folders could be (the rest always can). Called before there
    is a second thread."""
    own = _own_folder(Path(environment["IPYTHONDIR"]))
    os.environ.update({"IPYTHONDIR": str(own), "TMPDIR": str(own), "MPLCONFIGDIR": str(own)})
    for what, most in (
        (resource.RLIMIT_AS, _MEMORY), (resource.RLIMIT_FSIZE, _FILE), (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):  # fmt: skip
        hard = resource.getrlimit(what)[1]
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (least, least))
    system = ctypes.CDLL(None, use_errno=True)
    system.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0)
    rules = [*_rules(environment, own), (own.parent, _MAKE_SOCKET | _REMOVE_FILE)]
    return _landlock(system, [*rules, (Path(connection_file), _OF_FILES)])


def _own_folder(shared: Path) -> Path:
    """A folder for this kernel alone; those of kernels that ended go."""
    for left in shared.glob("kernel-of-*"):
        if not Path("/proc", left.name.rpartition("-")[2]).exists():
            shutil.rmtree(left, ignore_errors=True)
    own = shared / f"kernel-of-{os.getpid()}"
    own.mkdir(mode=0o700, exist_ok=True)
    return own


def _rules(environment: Mapping[str, str], own: Path) -> Iterator[tuple[Path, int]]:
    """(A file or folder, the rights below it)."""
    yield own, _ALL
    yield Path("/dev"), _ALL
    for folder in filter(None, environment.get(FOLDERS, "").split(os.pathsep)):
        yield Path(folder), _ALL
    home = Path.home()
    for secret in (Path(environment.get("PGPASSFILE") or home / ".pgpass"), home / ".postgresql"):
        yield secret, _LOOK  # a database's password lies where its library looks for it
    code = {sys.prefix, sys.base_prefix, sys.exec_prefix, *filter(None, sys.path), str(paths.home())}
    for folder in (*_SYSTEM, *sorted(code)):
        yield Path(folder), _LOOK


def _landlock(system: ctypes.CDLL, rules: list[tuple[Path, int]]) -> bool:
    version = int(system.syscall(_CREATE, None, ctypes.c_size_t(0), _VERSION))
    if version < 1:
        return False
    later = {2: _REFER, 3: _TRUNCATE, 5: _DEVICE}
    handled = _FIRST | sum(right for since, right in later.items() if version >= since)
    words = [handled, 0, _NO_SIGNALS][: 1 if version < 4 else 2 if version < 6 else 3]
    attributes = struct.pack(f"={len(words)}Q", *words)
    ruleset = int(system.syscall(_CREATE, attributes, ctypes.c_size_t(len(attributes)), 0))
    if ruleset < 0:
        return False
    try:
        for path, rights in rules:
            with contextlib.suppress(OSError):  # what is not there needs no rule
                opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
                allowed = rights & handled & (_ALL if path.is_dir() else _OF_FILES)
                system.syscall(_ADD, ruleset, _PATH_BENEATH, struct.pack("=Qi", allowed, opened), 0)
                os.close(opened)
        return int(system.syscall(_RESTRICT, ruleset, 0)) == 0
    finally:
        os.close(ruleset)
