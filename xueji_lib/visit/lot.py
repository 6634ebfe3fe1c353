"""Drawing by lot: the same seed draws the same on any machine, in any release, and anybody can check it by hand.

Every candidate gets a ticket, the SHA-256 of the three lines seed, purpose and key; tickets are drawn from the smallest
up. Nothing is taken from Python's own random numbers, whose order a release may change.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from xueji_lib.support.errors import UsageError

METHOD: Final = (
    "每个备选对象的签号是“种子、用途、编号”三行文字的 SHA-256 值，按签号从小到大抽取；"
    "种子、用途、编号相同，在哪台电脑上抽出来的都一样，可以复核"
)
_LONGEST: Final = 40


def fresh_seed() -> str:
    """A seed that nobody chose: eight digits from the machine's secure source."""
    return f"{secrets.randbelow(10**8):08d}"


def checked_seed(text: str) -> str:
    """A seed as it is written down: no blanks around it. Raises UsageError where it is no single line of paper."""
    seed = text.strip()
    if not seed or len(seed) > _LONGEST or not seed.isprintable():
        raise UsageError(f"种子是一行字或数字，1 到 {_LONGEST} 个字符。不写就由程序随机取一个")
    return seed


def ticket(seed: str, purpose: str, key: str) -> str:
    """A candidate's ticket, 64 hex digits."""
    return hashlib.sha256(f"{seed}\n{purpose}\n{key}".encode()).hexdigest()


def in_lot_order(seed: str, purpose: str, keys: Iterable[str]) -> list[str]:
    """The keys in the order in which they are drawn; the order in which they come does not matter."""
    return sorted(keys, key=lambda key: (ticket(seed, purpose, key), key))


def shares(sizes: Mapping[str, int], count: int) -> dict[str, int]:
    """How many of ``count`` each stratum gets: one each while they last, the largest first, and the rest in proportion
    to size (largest remainder). Never more than a stratum has; ties go by the stratum's name."""
    there = {name: size for name, size in sizes.items() if size > 0}
    wanted = min(count, sum(there.values()))
    by_size: Sequence[str] = sorted(there, key=lambda name: (-there[name], name))
    result = dict.fromkeys(sizes, 0)
    for name in by_size[:wanted]:
        result[name] = 1
    whole = sum(there.values())
    while sum(result.values()) < wanted:
        open_strata = [name for name in by_size if result[name] < there[name]]
        short = max(open_strata, key=lambda name: (wanted * there[name] / whole - result[name], there[name]))
        result[short] += 1
    return result
