"""What a school's findings are held against, to be shown: schools like it, and its own earlier terms."""

from __future__ import annotations

from typing import Any

from xueji_lib.judge import standing
from xueji_lib.judge.like_schools import FEWEST
from xueji_lib.judge.school_background import Background
from xueji_lib.reports.pages.piece import HtmlPiece, render
from xueji_lib.reports.pages.standing_chart import standing_svg


def values(background: Background) -> dict[str, Any]:
    """What the macros of ``templates/html/background.html.j2`` are given."""
    lines = standing.lines(background)
    return {
        "lines": lines,
        "chart": standing_svg(lines) if lines else "",
        "middle": background.middle,
        "unlooked": any(line.unlooked for line in lines),
        "fewest": FEWEST,
        "trend": background.trend,
    }


def like_schools(background: Background) -> HtmlPiece:
    """The school in the seven violations against the middle of schools like it; who these are, and how many."""
    return render("like_schools", **values(background))


def trend(background: Background) -> HtmlPiece:
    """The terms side by side, by violation and by check; a sentence where there is only one."""
    return render("trend", trend=background.trend)
