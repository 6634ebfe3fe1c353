"""Whatever came out, opened down to its texts: documents, workbooks, notebooks, tables, databases."""

from __future__ import annotations

import html
import io
import re
import sqlite3
import unicodedata
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow.parquet as pq

from tests.leaks.ways import TOKEN, Canary

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_TAG = re.compile(r"<[^>]+>")
_CELL = re.compile(r"</(?:td|th|c|v|si|w:p|w:tc|li|div|p|h\d|tspan|text)>|<v>|<[^>]*\d[^>]*>")
_APART = re.compile(r"(?<=\d)[\s\-‐-―−.·_()（）]{1,3}(?=\d)")
_RUN = re.compile(rf"\d{{{TOKEN},}}")
_DIGEST = re.compile(
    r"(?<=\"mtime_ns\": )\d{19}|"
    r"(?<![0-9A-Za-z])(?:[A-Z]\d{3}-[0-9a-f]{16}|(?=(?:[0-9]*[a-f]){3})(?:[0-9a-f]{64}|[0-9a-f]{32}|[0-9a-f]{16}))"
    r"(?![0-9A-Za-z])"
)
"""A file's time in nanoseconds, a finding's id or a digest: by chance any few digits stand in some of them."""
_HEX = re.compile(r"[A-Z]\d{3}-[0-9a-f]{16}|(?=(?:[0-9]*[a-f]){3})[0-9a-f]{16,}")
"""In a database's pages a finding's id or a digest stands right beside the next value."""
_NUMERALS = str.maketrans("〇一二三四五六七八九", "0123456789")


def texts(path: Path, skip: Sequence[str] = ()) -> Iterator[tuple[str, str]]:
    """(where, text) of all files below a folder, or of one; paths that hold one of ``skip`` are left out. A file's name
    is a text too."""
    files = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())
    for file in files:
        where = file.relative_to(path.parent).as_posix()
        if any(part in where for part in skip):
            continue
        yield where, where
        for inner, text in _opened(file.name, file.read_bytes(), file):
            yield f"{where}{inner}", text


def _opened(name: str, content: bytes, file: Path | None = None) -> Iterator[tuple[str, str]]:
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for part in archive.namelist():
                yield f"!{part}", part
                for inner, text in _opened(part, archive.read(part)):
                    yield f"!{part}{inner}", text
    elif content[:4] == b"PAR1":
        yield "", pq.read_table(io.BytesIO(content)).to_pandas().to_csv()
    elif content[:15] == b"SQLite format 3" and file is not None:
        with sqlite3.connect(file) as database:  # with what lies in its -wal still
            yield "", "\n".join(database.iterdump())
        yield "", _HEX.sub("¦", content.decode("utf-8", "replace"))  # what was deleted lies there still
    else:
        text = content.decode("utf-8", "replace")
        yield "", text
        if "\\u" in text:
            yield "", _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
        if name.endswith((".xml", ".html")):  # a word may be parted by tags, cells of a table are apart
            yield "", html.unescape(_TAG.sub("", _CELL.sub("¦", text)))


def leaks(canaries: Iterable[Canary], opened: Iterable[tuple[str, str]]) -> Mapping[Canary, set[str]]:
    """Canary → where it was found, of those that were."""
    by_token: dict[str, list[Canary]] = defaultdict(list)
    words: list[Canary] = []
    for each in canaries:
        if each.token:
            by_token[each.token].append(each)
        else:
            words.append(each)
    found: dict[Canary, set[str]] = defaultdict(set)
    for where, text in opened:
        plain = _DIGEST.sub("¦", _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)))
        for each in words:
            if each.text in plain or each.text in text:
                found[each].add(where)
        for stream in {plain, _APART.sub("", plain), plain.translate(_NUMERALS)}:
            for run in _RUN.findall(stream):
                for start in range(len(run) - TOKEN + 1):
                    for each in by_token.get(run[start : start + TOKEN], ()):
                        found[each].add(where)
    return found
