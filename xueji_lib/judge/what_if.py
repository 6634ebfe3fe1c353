"""The county judged twice in memory: as it stands, and by another edition or other figures. Nothing is stored."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from xueji_lib.county import County, required_columns
from xueji_lib.judge import engine
from xueji_lib.judge.checks import Checks
from xueji_lib.judge.comparison import WITH_DUE, Comparison, Side, compared
from xueji_lib.judge.confirming import confirmed, figures_in_use
from xueji_lib.judge.part import PartOfCounty
from xueji_lib.judge.results import plain
from xueji_lib.register import policy_changes
from xueji_lib.register.inspection import Inspection, Yardstick
from xueji_lib.register.policy import Policy
from xueji_lib.register.policy_changes import ChangedFigure
from xueji_lib.register.vocabulary import CoverageStatus
from xueji_lib.store import Store
from xueji_lib.support.errors import UsageError


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What is tried, one upon the other: an edition (its catalogue and figures; "": the same), a file of figures,
    single figures as they are typed (class_large=50), figures as if the county had confirmed them (by name)."""

    edition: str = ""
    policy_file: Path | None = None
    settings: Sequence[str] = ()
    confirmations: Sequence[str] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to try."""
        return not (self.edition or self.policy_file or self.settings or self.confirmations)


@dataclass(frozen=True)
class WhatIfAnswer:
    """What differs. ``inspection`` as it stands, ``edition`` the one that was tried; ``figures`` that differ, and the
    checks that name each (``lines``); ``crashed``: checks that failed on either side."""

    inspection: Inspection
    edition: str
    comparison: Comparison
    figures: Sequence[ChangedFigure]
    lines: Sequence[str]
    crashed: Sequence[str]


def tried(
    store: Store, inspection: Inspection, change: WhatIf, said: Callable[[str], None] = lambda _: None
) -> WhatIfAnswer:
    """Judge the store's data as it stands and with the change. ``said`` is told what is being done.

    Raises UsageError for an unknown term, edition or figure, or where nothing is to be tried.
    """
    if change.is_empty:
        raise UsageError(
            "没有说换成什么：写 --edition 版、--policy 数字文件，或 --set 名字=数，如 --set class_large=50"
        )
    if inspection.term_id not in store.terms():
        raise UsageError(f"数据仓里没有 {inspection.term_id} 学期的数据。现有：{'、'.join(store.terms()) or '（空）'}")
    inspection = inspection.settled()
    now = inspection.yardstick()
    edition = change.edition or inspection.edition
    then = replace(now, policy=_figures(change, edition))
    checks, other_checks = Checks.load(inspection.edition), Checks.load(edition)
    columns = [*checks.columns, *other_checks.columns, *_required(then.policy)]
    said("读全县的数据")
    county = County.load(store, now, columns)
    said("按现在的核查")
    before = _side("现在", county, _Judged(store, now, checks, columns))
    said("按换过的核查")
    after = _side("换过以后", county, _Judged(store, then, other_checks, columns))
    figures = policy_changes.changed_figures(now.policy, then.policy)
    used = [*figures_in_use(checks.catalogue, now.policy), *figures_in_use(other_checks.catalogue, then.policy)]
    users = {figure.name: figure.rules for figure in used}
    lines = policy_changes.described(figures, users)
    comparison = compared(before, after, WITH_DUE)
    return WhatIfAnswer(inspection, edition, comparison, figures, lines, _crashed(comparison))


def _figures(change: WhatIf, edition: str) -> Policy:
    policy = Policy.load(edition)
    if change.policy_file is not None:
        policy = policy_changes.overlaid(policy, change.policy_file)
    policy = policy_changes.with_values(policy, change.settings)
    for name in change.confirmations:
        policy = confirmed(policy, policy_changes.figure_named(policy, name))
    return policy


def _required(policy: Policy) -> list[str]:
    try:
        return required_columns(policy)
    except KeyError as error:
        header = str(error.args[0]).rpartition(".")[2]
        raise UsageError(f"required_fields 里的“{header}”不是学籍名册的列。列名见数据约定") from None


@dataclass(frozen=True)
class _Judged:
    """What one side is judged by. ``columns``: of the register, for both sides."""

    store: Store
    yardstick: Yardstick
    checks: Checks
    columns: Sequence[str]


def _side(name: str, county: County, by: _Judged) -> Side:
    """The county judged. A crash's details go where nobody keeps them: the store stays as it was."""
    county.policy = by.yardstick.policy
    catalogue, implementations = by.checks.catalogue, by.checks.implementations
    with tempfile.TemporaryDirectory(prefix="xueji-", ignore_cleanup_errors=True) as logs:
        answer = engine.judge(county, catalogue, Path(logs), implementations)
        if by.checks.local:
            part = PartOfCounty(by.store, by.yardstick, by.columns, crashes=Path(logs))
            answer = engine.checked_alone(answer, part, catalogue, implementations)
    titles = {entry.id: entry.title for entry in catalogue.entries.values()}
    return Side(name, plain("findings", answer.findings), plain("coverage", answer.coverage), titles)


def _crashed(comparison: Comparison) -> list[str]:
    frames = [side.coverage for side in (comparison.before, comparison.after) if side.coverage is not None]
    return sorted({rule for f in frames for rule in f.loc[f["status"] == CoverageStatus.CRASHED, "rule_id"]})
