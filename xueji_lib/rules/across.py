"""What a check looks at in the tables of other schools than the one it judges.

A rule says so where it is marked: ``@rule("R202", across=Across.NUMBERS)``; one that says nothing looks at the school's
own rows, the directory and the county's own tables alone. From what the rules say follows which schools a change
touches (``judge/neighbours.py``), with whom a school has to be judged, and which checks cannot be made on a part of the
county. That they say the truth is tested: every rule is judged with one school's rows and what it named, and has to
give the answer of the whole county (``judge/alone.py``).
"""

from __future__ import annotations

from enum import StrEnum, unique


@unique
class Across(StrEnum):
    """A way from one school's rows to another's, or a fact of the whole county (the last three)."""

    NUMBERS = "numbers"
    """Rows with a number (身份证件号, 全国学籍号) that a row of the school has too, or that stands beside such a number
    in some row, and so on: in any table that names students, of this term, the last register, all earlier changes."""
    SHARED_REGISTERS = "shared_registers"
    """Schools whose register holds an 身份证件号 that the school's register holds too: registers and transfers."""
    MISMATCHED_NAMES = "mismatched_names"
    """Pupils who are or may be 在籍不在校 or 在校不在籍 and have the name of such a pupil of the school."""
    SPECIAL_SCHOOLS = "special_schools"
    """特殊教育学校: their registers and headcounts."""
    TEACHING_POINTS = "teaching_points"
    """Last registers, as a whole, that hold a number of the school's register: of which 教学点 a pupil has come."""
    NAMESAKES = "namesakes"
    """Register rows that may have the same name, sex and birth date."""
    CENTRAL = "central"
    """Any row of the schools of its 中心校: who is in school, and who is counted, is worked out for them as a whole
    (``county.reconciled``)."""
    TRANSFERS = "transfers"
    """Schools that its transfers name, and schools whose transfers name it."""
    REGISTERS = "registers"
    """Whether every school has a register at all."""
    NUMBERLESS = "numberless"
    """How many 在校不在籍 rows of the county have no number."""
    COUNTY = "county"
    """Any row of any school."""
