"""What roll-calls of drawn classes let say of the schools and of the county, in sentences; the same from a command and
on the bureau's page."""

from __future__ import annotations

from dataclasses import dataclass

from xueji_lib.casebook.log.book import Casebook, stored
from xueji_lib.store import Store
from xueji_lib.visit import called_classes, visit_plan
from xueji_lib.visit.called_classes import SchoolCount
from xueji_lib.visit.cluster_rate import METHOD
from xueji_lib.visit.rate_words import LIMITS, rate_words

__all__ = ["LIMITS", "METHOD", "EstimateLines", "SchoolLines", "of_term"]


@dataclass(frozen=True, slots=True)
class SchoolLines:
    """A school where classes were drawn. ``counted``: what was drawn and called; ``sentences``: a rate each."""

    school_id: str
    name: str
    counted: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EstimateLines:
    """``county``: a rate each, empty where no plan's lot chose the schools; ``county_head`` says of which plan, and
    that it is not all yet. ``schools``: empty where no classes were drawn anywhere."""

    schools: tuple[SchoolLines, ...]
    county_head: str
    county: tuple[str, ...]


def of_term(book: Casebook, store: Store, term: str) -> EstimateLines:
    """All that may be said of a term. Raises StoreError."""
    directory = store.directory(term)
    names = dict(zip(directory["school_id"].astype(str), directory["school_name"].astype(str), strict=True))
    with book.reading() as connection:
        drawn = {event.school_id for event in stored(connection, term=term, kinds=("draw",))}
    counts = {
        school: count
        for school in names
        if school in drawn and (count := called_classes.of_one_school(book, store, school, term)) is not None
    }
    schools = tuple(
        SchoolLines(
            school, names[school], _counted(count),
            tuple(rate_words(kind, "全校", rate) for kind, rate in count.rates().items()),
        )
        for school, count in counts.items()
    )  # fmt: skip
    plan = visit_plan.newest(book, term)
    if plan is None:
        return EstimateLines(schools, "没有督查方案：学校不是抽签选的，不能推算全县。", ())
    of_plan = [school.school_id for school in plan.schools]
    waiting = sum(school not in counts or not counts[school].called for school in of_plan)
    head = f"全县（督查方案 {plan.number}，{len(of_plan)} 所，其中 {waiting} 所还没有点名）："
    county = [rate_words(kind, "全县", rate) for kind, rate in called_classes.of_county(plan, counts).items()]
    if waiting:
        county.append("还有学校没有点名，全县的数字是暂时的，点完再用。")
    return EstimateLines(schools, head, tuple(county))


def _counted(count: SchoolCount) -> str:
    drawn = len(count.called) + len(count.not_called)
    lacking = f"；没有点：{'、'.join(count.not_called)}" if count.not_called else ""
    changed = f"；换过 {count.replaced} 个班，理由见留痕" if count.replaced else ""
    return f"抽了 {drawn} 个班，点了 {len(count.called)} 个，全校 {count.frame} 个{lacking}{changed}"
