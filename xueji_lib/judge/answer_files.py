"""An answer as it lies in the folder of its day: Parquet, and a note that names it with the digest of every file.

::

    results/<term>/<as_of>/<fingerprint>/findings.parquet, …, inputs.json
    results/<term>/<as_of>/current.json     which answer counts; replaced as the last step

A kill at any moment leaves the old answer whole. An answer that is not what was written is not there: whoever asks for
it judges again. Notes of 0.1.0 name no digests.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pandas as pd

from xueji_lib.judge.results import FRAMES, Results
from xueji_lib.store import row_groups
from xueji_lib.support.checked import Damaged, checked_text, is_whole, read_checked, sha256_of
from xueji_lib.support.errors import UsageError
from xueji_lib.support.files import put_file
from xueji_lib.support.os_reasons import naming, reason_of
from xueji_lib.support.private import keep_all_private, make_folder

NOTE: Final = "current.json"
INPUTS: Final = "inputs.json"

_said: set[Path] = set()
"""Damaged files that were spoken of in this process."""


def lay(answer: Results, frames: Mapping[str, pd.DataFrame], inputs: Mapping[str, Any] | None = None) -> Results:
    """Put an answer into its folder, and name it as the one that counts; those of its day before it go.

    ``inputs``: what it was made from. Raises UsageError where another program holds a file of it.
    """
    target, day = answer.folder, answer.folder.parent
    aside = day / f".{target.name}.{os.getpid()}"
    shutil.rmtree(aside, ignore_errors=True)
    make_folder(aside)
    for name, frame in frames.items():
        # The parts of a store are small: a row group is what one school is read in.
        with naming(target):
            frame.to_parquet(aside / f"{name}.parquet", index=False, row_group_size=4096, write_page_checksum=True)
    if inputs is not None:
        (aside / INPUTS).write_text(json.dumps(inputs), "utf-8")
    keep_all_private(aside)
    digests = {file.name: sha256_of(file) for file in aside.iterdir()}
    shutil.rmtree(target, ignore_errors=True)
    try:
        aside.rename(target)
    except OSError as error:  # a second process was quicker, or Windows holds a file of it
        shutil.rmtree(aside, ignore_errors=True)
        if not all(is_whole(target / name, digest) for name, digest in digests.items()):
            raise UsageError(f"写不了 {target}：{reason_of(error)}。请关掉正打开它的程序，再运行") from None
    note = {
        "fingerprint": answer.fingerprint,
        "term": answer.term_id,
        "as_of": answer.as_of.isoformat(),
        "edition": answer.edition,
        "files": digests,
    }
    put_file(day / NOTE, checked_text(note))
    for old in day.iterdir():
        if old.is_dir() and old.name != target.name and not old.name.startswith("."):
            shutil.rmtree(old, ignore_errors=True)
    return replace(answer, digests=digests)


def find(day: Path, wanted: Results, frames: Sequence[str] = FRAMES) -> Results | None:
    """The answer of the fingerprint that is ``wanted`` (any where that is ""), where it is the one that counts, and
    these frames of it are what was written; else None."""
    note = _readable_note(day)
    if note is None or wanted.fingerprint not in ("", note["fingerprint"]):
        return None
    mark, digests = note["fingerprint"], note["files"]
    for name in (f"{frame}.parquet" for frame in frames):
        file = day / mark / name
        if name not in digests and (digests or not file.is_file()):  # an earlier kit kept less
            return None
        if not _is_whole(file, digests):
            _say(file)
            return None
    return replace(wanted, folder=day / mark, fingerprint=mark, edition=note["edition"], digests=digests)


def inputs_of(answer: Results) -> dict[str, Any] | None:
    """What an answer was made from; None where that is not known or not what was written."""
    file = answer.folder / INPUTS
    if not is_whole(file, answer.digests.get(INPUTS, "")):
        return None
    inputs: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return inputs


def damaged(results: Path) -> list[Path]:
    """The files below a store's ``results`` that are not what was written."""
    files: list[Path] = []
    for day in sorted(note.parent for note in results.glob(f"*/*/{NOTE}")):
        try:
            note = _note(day)
        except (OSError, Damaged):
            files.append(day / NOTE)
            continue
        folder = day / note["fingerprint"]
        names = note["files"] or [file.name for file in sorted(folder.glob("*.parquet"))]
        files += [folder / name for name in names if not _is_whole(folder / name, note["files"])]
    return files


def _is_whole(file: Path, digests: Mapping[str, str]) -> bool:
    """The file is what was written; one of 0.1.0, without a digest, can at least be read."""
    if file.name in digests:
        return is_whole(file, digests[file.name])
    try:
        row_groups.read(file).to_pandas()
    except row_groups.UNREADABLE:
        return False
    return True


def _note(day: Path) -> dict[str, Any]:
    """Fingerprint, edition and ``files`` (name → SHA-256) of the answer that counts. Raises OSError, Damaged."""
    content = read_checked(day / NOTE, lambda content: "files" not in content)  # 0.1.0 wrote neither
    if not all(isinstance(content.get(name), str) for name in ("fingerprint", "edition")):
        raise Damaged(str(day / NOTE))
    return {"files": {}, **content}


def _readable_note(day: Path) -> dict[str, Any] | None:
    try:
        return _note(day)
    except FileNotFoundError:
        return None
    except (OSError, Damaged):
        _say(day / NOTE)
        return None


def _say(file: Path) -> None:
    if file in _said:
        return
    _said.add(file)
    term, day = (file.parent if file.name == NOTE else file.parent.parent).parts[-2:]
    mended = f"正在核查的会自动重新判定；以前的，再核查一次（xueji batch --term {term} --as-of {day}）就补上"
    logging.getLogger("xueji").warning("判定结果 %s 缺失或已损坏，没有用它。%s", file, mended)
