"""Write all files of a school, or of the county, in one call: workbooks, letters, pages (data contract 4).

They show results (``results``) and what people decided about them (``case_states``); nothing is computed here and no
store is read. Students are masked as in the results; papers with full numbers are made by ``letters.unmask``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from xueji_lib.judge.results import Results, School
from xueji_lib.reports.case_states import NOBODY, CaseStates, shown
from xueji_lib.reports.letters import field_values as letters
from xueji_lib.reports.letters import kinds as letter_kinds
from xueji_lib.reports.letters.bulletin import bulletin
from xueji_lib.reports.office_facts import LetterFacts
from xueji_lib.reports.pages import county_page
from xueji_lib.reports.workbooks import annex, county_book, findings_book
from xueji_lib.support.files import put_file

SCHOOL_FILES: Final = ("findings.xlsx", "附件1.xlsx", letter_kinds.RECTIFY.file, letter_kinds.PLEDGE.file)
"""Files that every school gets."""

WHERE_DUE: Final = (letter_kinds.INTERVIEW.file, letter_kinds.CORRECTION.file, letter_kinds.HOME_TEACHING.file)
"""Files that only some schools get; an old one that is no longer due is deleted."""

COUNTY_FILES: Final = (
    "county.html",
    "county.xlsx",
    "附件1汇总.xlsx",
    letter_kinds.BULLETIN.file,
    letter_kinds.HOME_TEACHING.file,
    letter_kinds.CHECKLISTS.file,
)


def check_templates() -> None:
    """Check all letters' templates, before the first school is written. Raises UsageError naming the template and the
    field where an edited one cannot be used."""
    for kind in letter_kinds.ALL:
        kind.check()


def write_school(
    school: School, letter_facts: LetterFacts, folder: Path, states: CaseStates = NOBODY, *, durable: bool = False
) -> list[str]:
    """Write a school's files into ``folder``; returns the names of the files written.

    ``durable``: each file whole or not at all and safe from a power cut; else plainly, into a folder that is put in
    place as a whole afterwards. Raises UsageError where a file is held open or an edited template cannot be used.
    """
    facts, school = letter_facts, shown(school, states)
    contents = {
        "findings.xlsx": findings_book.content(school, states),
        "附件1.xlsx": annex.content(school, facts),
        letter_kinds.RECTIFY.file: letter_kinds.RECTIFY.content(letters.rectify(school, states, facts)),
        letter_kinds.PLEDGE.file: letter_kinds.PLEDGE.content(letters.pledge(school, facts)),
    }
    summoned = next((m for m in states.measures if m.measure in letters.SUMMONED), None)
    if summoned and states.looked_at:  # nobody is summoned over what nobody has confirmed
        summons = letters.interview(school, states, facts, summoned)
        contents[letter_kinds.INTERVIEW.file] = letter_kinds.INTERVIEW.content(summons)
    if states.due_corrections:
        corrected = letters.correction(school, states, facts)
        contents[letter_kinds.CORRECTION.file] = letter_kinds.CORRECTION.content(corrected)
    if len(letters.taught_at_home(school)):
        listed = letters.home_teaching(school, {school.id: school.name}, school.name, facts)
        contents[letter_kinds.HOME_TEACHING.file] = letter_kinds.HOME_TEACHING.content(listed)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        put_file(folder / name, content, durable=durable)
    return list(contents)


def write_county(
    results: Results,
    letter_facts: LetterFacts,
    folder: Path,
    states: Mapping[str, CaseStates] | None = None,
    earlier: Sequence[Results] = (),
) -> list[str]:
    """Write the county's files into ``folder``; returns their names. ``states``: by school_id; ``earlier``: answers of
    other terms, for the trend. Raises UsageError as ``write_school`` does, before anything is written where it is a
    template."""
    check_templates()
    facts, states = letter_facts, states or {}
    names = dict(zip(results.schools["school_id"], results.schools["school_name"], strict=True))
    taught: dict[str, Any] = letters.home_teaching(results, names, "全县", facts)
    procedures = letters.checklists(results, facts)
    writers: dict[str, Callable[[Path], None]] = {
        "county.html": lambda path: county_page.write(results, path, states, earlier),
        "county.xlsx": lambda path: county_book.write(results, path, states, earlier),
        "附件1汇总.xlsx": lambda path: annex.write_county(results, facts, path),
        letter_kinds.BULLETIN.file: lambda path: letter_kinds.BULLETIN.write(bulletin(results, states, facts), path),
        letter_kinds.HOME_TEACHING.file: lambda path: letter_kinds.HOME_TEACHING.write(taught, path),
        letter_kinds.CHECKLISTS.file: lambda path: letter_kinds.CHECKLISTS.write(procedures, path),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, write in writers.items():
        write(folder / name)
    return list(writers)


def withdraw(folder: Path, written: Sequence[str]) -> None:
    """Delete letters of an earlier run that are no longer due, because they would be taken for current ones."""
    for name in WHERE_DUE:
        if name not in written:
            (folder / name).unlink(missing_ok=True)
