"""What a school's page says of the other school, where a finding is one side of a case: as far as who reads may see."""

from __future__ import annotations

from typing import Final

from xueji_lib.casebook import two_sided
from xueji_lib.casebook.cases import Case
from xueji_lib.register import labels
from xueji_lib.web.shared.school_desk import SchoolDesk

MARK: Final = "两校一件"
"""The block's label, and the mark of such a finding."""


def other_side(desk: SchoolDesk, case: Case) -> str:
    """A few sentences; "" for a finding without another side.

    A principal reads the other school's name where his own finding's evidence has it, and nothing else of it. An
    inspector reads how it stands there; in a package that lacks it, that it waits for the office.
    """
    sides = case.sighting.two_sides
    if sides is None:
        return ""
    named = "、".join(sides.named) or "另一所学校"
    if desk.actor.role == "principal":
        return (
            f"{named}也有这一件。贵校只说明、整改本校的；是不是同一个学生、怎样了结，由县教育体育局对两校一起定，"
            "定了两校的页面都会改。"
        )
    others = two_sided.other_sides(desk.book, case, desk.today)
    if desk.store.is_part and not others:
        return (
            f"另一方（{named}）不在这个数据包里。这里只认定本校的一条；对那所学校的认定、是不是同一个学生，等局里定："
            "带回并入以后，局里的页面“两校一件”会列出来。"
        )
    there = "；".join(map(_line, others))
    return f"另一方：{there}。各校的说明、整改分开；两校一起了结的，在局里的页面“两校一件”里一次定。"


def _line(other: Case) -> str:
    finding = other.finding
    pupil = " ".join(filter(None, (labels.class_label(finding["grade"], finding["class"]), finding["student"])))
    return f"{finding['school']} {pupil}：{finding['title']}，{other.state}" + (f"（{other.who}）" if other.who else "")
