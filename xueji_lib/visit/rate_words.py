"""What an estimate may be said to say, in Chinese, and no more."""

from __future__ import annotations

from typing import Final

from xueji_lib.visit.called_classes import NOT_COUNTED
from xueji_lib.visit.cluster_rate import EstimatedRate

LIMITS: Final = (
    f"只说明点名那几天的情况；{'、'.join(sorted(NOT_COUNTED))}的不算在籍不在校，名册在本校别的班的不算在校不在籍，"
    "没有看的学生不计。空挂集中在个别班、个别学校的，抽签可能碰不到：没有点到的班、没有到过的学校不下结论。"
    "推算的率不能用来认定哪一所学校、哪一名学生"
)


def rate_words(kind: str, scope: str, rate: EstimatedRate | None) -> str:
    """One sentence or two about a rate. ``scope``: 全县, or a school's name."""
    if rate is None:
        return f"{kind}：还没有点名的抽签班，不能推算{scope}。"
    counted = f"{kind}：点了 {rate.schools} 所学校 {rate.classes} 个班 {rate.size} 人，其中 {rate.hits} 人"
    if rate.whole:
        return f"{counted}。各班都点过了，{scope}就是 {percent(rate.rate)}，不是推算。"
    if rate.low is None or rate.high is None:
        return f"{counted}。点的太少，只说明这些班，不能推算{scope}。"
    if rate.high - rate.low > WIDE:
        return (
            f"{counted}。点的太少，推算{scope}的 95% 区间是 {percent(rate.low)}—{percent(rate.high)}，太宽，"
            "只说明这些班。"
        )  # fmt: skip
    return f"{counted}。推算{scope} {percent(rate.rate)}，95% 的区间 {percent(rate.low)}—{percent(rate.high)}。"


WIDE: Final = 0.2
"""A range wider than this says nothing of the rest."""


def percent(share: float) -> str:
    """1.25%; outside of what is possible never."""
    return f"{share * 100:.2f}%"
