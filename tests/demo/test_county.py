"""The synthetic county keeps its promises: same bytes, sound numbers, every rule planted, every form there."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

from xueji_lib import demo
from xueji_lib.demo.county import build
from xueji_lib.demo.people import check_digit
from xueji_lib.demo.plant import plant
from xueji_lib.register import catalogue
from xueji_lib.support.errors import UsageError

from .conftest import Made

pytestmark = pytest.mark.slow


def digests(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_the_same_arguments_give_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        demo.make(tmp_path / name, schools=6, students=300, seed=seed)
    first, second, third = (digests(tmp_path / name) for name in "abc")
    assert first == second
    assert first != third


def test_fewer_than_six_schools_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="至少要 6 所"):
        demo.make(tmp_path, schools=5)


def test_check_digits_are_those_of_the_standard() -> None:
    # GB 11643—1999, annex A, gives both.
    assert check_digit("11010519491231002") == "X"
    assert check_digit("44052418800101001") == "4"


@pytest.mark.slow
def test_every_number_is_sound_but_those_planted(planted: Made) -> None:
    reported = {row["key"] for name in ("findings", "near_misses", "undecided") for row in planted.truth(name)}
    for school in planted.county.schools:
        for student in school.students():
            number = student.id_number or ""
            if number not in reported and student.key not in reported:
                assert len(number) == 18
                assert check_digit(number[:17]) == number[17]
                assert student.birth is not None
                assert f"{student.birth:%Y%m%d}" == number[6:14]
                assert (int(number[16]) % 2 == 1) == (student.sex == "男")


@pytest.mark.parametrize(("schools", "students"), [(6, 1000), (8, 1200), (20, None), (80, None)])
def test_every_rule_has_a_hit_and_a_near_miss(schools: int, students: int | None) -> None:
    truth = plant(build(schools, 2026, students), 1 + schools // 40)
    rules = set(catalogue.load().entries)
    assert {row[0] for row in truth.findings} == rules - set(demo.NO_HIT)
    assert {row[0] for row in truth.near_misses} == rules
    assert {row[0] for row in truth.undecided} <= rules


@pytest.mark.slow
def test_more_schools_hold_more_violations() -> None:
    few, many = (len(plant(build(n, 2026), 1 + n // 40).findings) for n in (20, 120))
    assert many > 3 * few


@pytest.mark.slow
@pytest.mark.parametrize(("schools", "low", "high"), [(20, 5_500, 7_000), (300, 76_000, 88_000)])
def test_size_is_as_promised(schools: int, low: int, high: int) -> None:
    county = build(schools, 2026)
    assert low < sum(1 for school in county.schools for _ in school.students()) < high


def test_every_form_is_there(planted: Made) -> None:
    """Beside the traps, which come in any form."""
    seen = set()
    inbox = planted.folder / "inbox"
    traps = {(row["term"], row["file"]) for row in planted.truth("intake")}
    for file in inbox.rglob("*"):
        term, _, name = file.relative_to(inbox).as_posix().partition("/")
        if not file.is_file() or (term, name) in traps:
            continue
        head = file.read_bytes()
        if file.suffix == ".xlsx" and head[:2] == b"PK" and zipfile.is_zipfile(file):
            sheets = [n for n in zipfile.ZipFile(file).namelist() if n.startswith("xl/worksheets/sheet")]
            seen.add("xlsx, several sheets" if len(sheets) > 1 else "xlsx")
        elif file.suffix == ".xls":
            form = {b"\xd0\xcf": "BIFF", b"<h": "HTML named .xls"}.get(head[:2], "")
            seen.add(form or ("tabs in GBK, ' before digits" if b"\t'" in head else "?"))
        elif file.suffix == ".csv" and head:
            seen.add(_encoding(head))
    assert seen == {
        "xlsx", "xlsx, several sheets", "BIFF", "HTML named .xls", "tabs in GBK, ' before digits",
        "utf-8", "utf-8 with BOM", "utf-16", "gb18030",
    }  # fmt: skip


def _encoding(head: bytes) -> str:
    if head.startswith(b"\xef\xbb\xbf"):
        return "utf-8 with BOM"
    if head.startswith(b"\xff\xfe"):
        return "utf-16"
    try:
        head.decode("utf-8")
    except UnicodeDecodeError:
        head.decode("gb18030")
        return "gb18030"
    return "utf-8"


def test_previous_and_present_register_tell_of_the_same_children(clean: Made) -> None:
    """Most children are there in both terms, a grade higher; the last grade has left."""
    for school in clean.county.schools:
        before = {s.id_number: s for s in school.previous}
        both = [s for s in school.students() if s.id_number in before]
        assert len(both) > len(school.previous) / 3
        assert all(s.grade == before[s.id_number].grade + 1 for s in both)
        now = {s.id_number for s in school.students()}
        assert all(n not in now for n, s in before.items() if s.grade == school.grades[-1])
