"""When a letter is a draft, and what it says then: why it must not go out yet, and what to do."""

from __future__ import annotations

from typing import Any, Final

UNSEEN: Final = "本件所列都是疑点，尚未经督查人员核实认定，不得发出；认定后只列属实的问题"
NO_DUE: Final = "所列问题都没有整改期限，不得发出：请在核查清单里写上，缺节假日安排的先补 data/calendar，再生成一次"
SUGGESTED: Final = "约谈是按属实问题的数目提出的建议，局负责人尚未决定，不得发出"


def draft(words: str, *reasons: str) -> dict[str, Any]:
    """The fields that mark a letter as a draft: it is one where there is any reason, and then says them all. ``words``:
    what kind of draft, where the first reason is the one; else it lacks something."""
    told = [reason for reason in reasons if reason]
    mark = words if reasons[0] else "还不能发出"
    return {"草稿": bool(told), "草稿字样": f"草稿（{mark}）", "草稿说明": "；".join(told)}
