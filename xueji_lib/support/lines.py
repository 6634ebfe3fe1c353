"""Line numbers in a text file, for messages that name both places of a clash."""

from __future__ import annotations

import re
from collections import defaultdict

_TOML_HEAD = re.compile(r"^\s*\[\s*([^\[\]]+?)\s*\]")


def lines_with(text: str, pattern: str) -> list[int]:
    """Numbers (from 1) of the lines in which ``pattern`` is found."""
    return [number for number, line in enumerate(text.splitlines(), 1) if re.search(pattern, line)]


def in_words(lines: list[int]) -> str:
    """The line numbers in Chinese words: 第 3 行和第 9 行."""
    return "和".join(f"第 {number} 行" for number in lines)


def section_twice(text: str) -> str:
    """Which [section] of a TOML file occurs twice, and in which lines, in Chinese; "" where none does. tomllib names
    only one of the lines, in English."""
    lines_of: dict[str, list[int]] = defaultdict(list)
    for number, line in enumerate(text.splitlines(), 1):
        if head := _TOML_HEAD.match(line):
            lines_of[head[1]].append(number)
    twice = [f"[{name}] 写了 {len(at)} 遍（{in_words(at)}）" for name, at in lines_of.items() if len(at) > 1]
    return "；".join(twice)
