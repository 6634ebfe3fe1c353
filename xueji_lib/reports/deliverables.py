"""All the paper of a school and of the county: one call each (data contract 4).

Paper shows an answer (``results``) and what people decided of it (``states``); it computes nothing and reads no store.
Names are masked as they were kept; what needs a child's identity is made elsewhere (``unmask``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from xueji_lib.judge.results import Results, School
from xueji_lib.reports import annex, county_book, county_page, letter_kinds, letters, workbook
from xueji_lib.reports.bulletin import bulletin
from xueji_lib.reports.letter_facts import LetterFacts
from xueji_lib.reports.states import NOBODY, CaseStates
from xueji_lib.support.files import put_file

SCHOOL_FILES: Final = ("findings.xlsx", "附件1.xlsx", "限期整改通知书.docx", "保密承诺书.docx")
"""What every school gets."""

WHERE_DUE: Final = ("约谈通知书.docx", "送教上门学生名单.docx")
"""What only some schools get; an old one that is no longer due has to go."""

COUNTY_FILES: Final = (
    "county.html",
    "county.xlsx",
    "附件1汇总.xlsx",
    "通报.docx",
    "送教上门学生名单.docx",
    "一次办好材料清单.docx",
)


def check_templates() -> None:
    """Raises UsageError naming the template and the field where an edited one cannot be used: before 300 schools
    run into it."""
    for kind in letter_kinds.ALL:
        kind.check()


def write_school(
    school: School, letter_facts: LetterFacts, folder: Path, states: CaseStates = NOBODY, *, durable: bool = False
) -> list[str]:
    """Write a school's paper into ``folder``; returns the names of the files written.

    ``durable``: each file whole or not at all and safe from a power cut; else plainly, into a folder that is put in
    place as a whole afterwards. Raises UsageError where a file is held open or an edited template cannot be used.
    """
    facts, school = letter_facts, replace(school, findings=states.joined(school.findings))
    made = {
        "findings.xlsx": workbook.content(school, states),
        "附件1.xlsx": annex.content(school, facts),
        "限期整改通知书.docx": letter_kinds.RECTIFY.content(letters.rectify(school, states, facts)),
        "保密承诺书.docx": letter_kinds.PLEDGE.content(letters.pledge(school, facts)),
    }
    summoned = next((m for m in states.measures if m.measure in letters.SUMMONED), None)
    if summoned and states.looked_at:  # nobody is summoned over what nobody has confirmed
        made["约谈通知书.docx"] = letter_kinds.INTERVIEW.content(letters.interview(school, states, facts, summoned))
    if len(letters.taught_at_home(school)):
        listed = letters.home_teaching(school, {school.id: school.name}, school.name, facts)
        made["送教上门学生名单.docx"] = letter_kinds.HOME_TEACHING.content(listed)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in made.items():
        put_file(folder / name, content, durable=durable)
    return list(made)


def write_county(
    results: Results,
    letter_facts: LetterFacts,
    folder: Path,
    states: Mapping[str, CaseStates] | None = None,
    earlier: Sequence[Results] = (),
) -> list[str]:
    """Write the county's paper into ``folder``; returns the names. ``states``: by school_id; ``earlier``: answers of
    other terms, for the trend. Raises UsageError as ``write_school`` does, before anything is written where it is a
    template."""
    check_templates()
    facts, states = letter_facts, states or {}
    names = dict(zip(results.schools["school_id"], results.schools["school_name"], strict=True))
    taught: dict[str, Any] = letters.home_teaching(results, names, "全县", facts)
    made: dict[str, Callable[[Path], None]] = {
        "county.html": lambda path: county_page.write(results, path, states, earlier),
        "county.xlsx": lambda path: county_book.write(results, path, states, earlier),
        "附件1汇总.xlsx": lambda path: annex.write_county(results, facts, path),
        "通报.docx": lambda path: letter_kinds.BULLETIN.write(bulletin(results, states, facts), path),
        "送教上门学生名单.docx": lambda path: letter_kinds.HOME_TEACHING.write(taught, path),
        "一次办好材料清单.docx": lambda path: letter_kinds.CHECKLISTS.write(letters.checklists(results, facts), path),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, write in made.items():
        write(folder / name)
    return list(made)


def withdraw(folder: Path, written: Sequence[str]) -> None:
    """Take away letters of an earlier run that are no longer due: they would pass for today's."""
    for name in WHERE_DUE:
        if name not in written:
            (folder / name).unlink(missing_ok=True)
