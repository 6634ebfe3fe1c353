"""The reference for violation 5 (R501 to R517), from the catalogue's conditions alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.reference.apart import goes_up, handled, registered_elsewhere
from tests.reference.archive import Archive
from tests.reference.classes import at_least, headcounts, possible_classes, seats
from tests.reference.outcome import Reply, Rulebook, Said, found_persons, ledger, name_of, of_students
from tests.reference.reference_r116_r120 import r117
from tests.reference.reference_v4 import MATERIALS, all_materials, given
from tests.reference.rows import Row, on_register
from tests.reference.three_valued import (
    BLANK,
    UNKNOWN,
    Answer,
    all_of,
    among,
    any_of,
    before,
    equals,
    has_value,
    is_blank,
    known,
    negate,
)
from tests.reference.world import LEAVING_GRADES, START_GRADES, World
from xueji_lib.register.identity import clean_name

BOOK = Rulebook()


def accepted_in(row: Row) -> Answer:
    """方向=转入，办理结果=同意."""
    return all_of(equals(row["direction"], "转入"), equals(row["result"], "同意"))


def in_town(world: World, school: str) -> Answer:
    """学校城乡类别=城区."""
    return equals(world.schools[school]["area"], "城区")


def of_some_class(world: World, school: str, cells: tuple[Any, Any], question: Callable[[int, int], Answer]) -> Answer:
    """A question about the class a ledger row means; where it cannot be read, about every one it may be."""
    answers = [question(*place) for place in possible_classes(world, school, *cells)]
    if all(known(cell) for cell in cells):
        return answers[0]
    return None if any(answer is not False for answer in answers) else False


@BOOK.rule("R501", "transfers")
def r501(world: World, school: str) -> Reply:
    def signed(row: Row) -> Answer:
        into = equals(row["direction"], "转入")
        came, went = has_value(row["to_opinion_date"]), has_value(row["from_opinion_date"])
        return any_of([all_of(into, came), all_of(negate(into), went), all_of(came, went)])

    return ledger(
        world,
        "transfers",
        school,
        lambda row: all_of(equals(row["reason"], "其他"), signed(row), negate(equals(row["result"], "不同意"))),
    )


@BOOK.rule("R502", "transfers")
def r502(world: World, school: str) -> Reply:
    grades = START_GRADES + LEAVING_GRADES
    return ledger(
        world, "transfers", school, lambda row: all_of(among(row["grade"], grades), equals(row["result"], "同意"))
    )


def crowded(world: World, school: str, cells: tuple[Any, Any]) -> Answer:
    """年级班号有值，该班名册在读人数 ≥ class_large."""
    if BLANK in cells:
        return False
    least = world.policy["class_large"]
    return of_some_class(world, school, cells, lambda g, c: at_least(headcounts(world, school, g, c), least))


def came_into(world: World, school: str, grade: Any, class_no: Any) -> int:
    """本学期该班转入（同意）人数, at most; a row without a class counts."""
    rows = [
        row
        for row in world.of("transfers", school)
        if accepted_in(row) is not False
        and world.of_terms(row["apply_date"], world.term.id) is not False
        and (not known(row["grade"]) or row["grade"] == grade)
        and (not known(row["class_no"]) or row["class_no"] == class_no)
    ]
    return len(set(world.persons(rows, school).values()))


def before_them(world: World, school: str, row: Row) -> int:
    """在读人数 of the row's class without those who came this term, at least."""
    low, _ = headcounts(world, school, row["grade"], row["class_no"])
    return low - came_into(world, school, row["grade"], row["class_no"])


@BOOK.rule("R503", "transfers register")
def r503(world: World, school: str) -> Reply:
    return ledger(
        world,
        "transfers",
        school,
        lambda row: all_of(accepted_in(row), crowded(world, school, (row["grade"], row["class_no"]))),
        lambda row: before_them(world, school, row) < world.policy["class_large"],
    )


@BOOK.rule("R504", "transfers register classes schools")
def r504(world: World, school: str) -> Reply:
    def full(grade: int, class_no: int) -> Answer:
        low, high = headcounts(world, school, grade, class_no)
        fewest, most = seats(world, school, grade, class_no)
        return True if low > most else None if high > fewest else False

    def question(row: Row) -> Answer:
        place = (row["grade"], row["class_no"])
        return all_of(in_town(world, school), accepted_in(row), of_some_class(world, school, place, full))

    def lead(row: Row) -> Answer:
        return before_them(world, school, row) < seats(world, school, row["grade"], row["class_no"])[1]

    return ledger(world, "transfers", school, question, lead)


@BOOK.rule("R505", "transfers")
def r505(world: World, school: str) -> Reply:
    return ledger(
        world,
        "transfers",
        school,
        lambda row: all_of(equals(row["result"], "同意"), negate(world.in_window(row["apply_date"]))),
    )


@BOOK.rule("R506", "transfers")
def r506(world: World, school: str) -> Reply:
    def question(row: Row) -> Answer:
        early = any_of([is_blank(row["centre_date"]), before(row["arrival_date"], row["centre_date"])])
        return all_of(
            equals(row["direction"], "转入"),
            has_value(row["arrival_date"]),
            early,
            negate(equals(row["result"], "不同意")),
        )

    return ledger(world, "transfers", school, question)


@BOOK.rule("R507", "transfers")
def r507(world: World, school: str) -> Reply:
    def question(row: Row) -> Answer:
        centre, arrival, done = row["centre_date"], row["arrival_date"], row["platform_done_date"]
        return all_of(
            accepted_in(row),
            has_value(centre),
            negate(before(arrival, centre)),
            any_of([is_blank(done), all_of(before(centre, done), before(arrival, done))]),
        )

    return ledger(world, "transfers", school, question)


@BOOK.rule("R508", "headcount register", spares_special=True)
def r508(world: Archive, school: str) -> Reply:
    if "register" not in world.tables:
        return []
    rows = world.present_unregistered(school)
    return of_students([(row, all_of(present, of_another(world, row, school))) for row, present in rows], world, school)


def of_another(world: Archive, row: Row, school: str) -> Answer:
    """R508, of one who is at school and not on its register."""
    return all_of(on_another_register(world, row, school), negate(handled(world, row, school)))


def on_another_register(world: Archive, row: Row, school: str) -> Answer:
    elsewhere = registered_elsewhere(world, row, school)
    listed = any_of(all_of(on_register(s), negate(goes_up(row, s))) for s in elsewhere)
    if not world.numbers(row) or (not elsewhere and not world.every_school_has("register")):
        return None
    return listed


@BOOK.rule("R509", "transfers schools")
def r509(world: World, school: str) -> Reply:
    def question(row: Row) -> Answer:
        lacking = any_of([negate(equals(row["originals"], "齐全", blank="不齐")), negate(given(row["form"]))])
        return all_of(in_town(world, school), accepted_in(row), lacking)

    return ledger(world, "transfers", school, question)


def ill_and_reviewed(row: Row) -> Answer:
    """休学原因=伤病，学校初审日期有值."""
    return all_of(equals(row["reason"], "伤病"), has_value(row["school_review_date"]))


@BOOK.rule("R510", "suspensions")
def r510(world: World, school: str) -> Reply:
    assert len(MATERIALS) == 5
    return ledger(world, "suspensions", school, lambda row: all_of(ill_and_reviewed(row), negate(all_materials(row))))


@BOOK.rule("R511", "suspensions")
def r511(world: World, school: str) -> Reply:
    return ledger(
        world,
        "suspensions",
        school,
        lambda row: all_of(ill_and_reviewed(row), equals(row["hospital_level"], "县级以下")),
    )


@BOOK.rule("R512", "suspensions")
def r512(world: World, school: str) -> Reply:
    return ledger(
        world,
        "suspensions",
        school,
        lambda row: all_of(
            equals(row["reason"], "不可抗力"),
            has_value(row["school_review_date"]),
            equals(row["force_majeure_office"], "无", blank="无"),
        ),
    )


@BOOK.rule("R513", "suspensions")
def r513(world: World, school: str) -> Reply:
    def late(row: Row) -> Answer:
        found = world.handed_in(row["apply_date"])
        if found is None:
            return None
        handed, term = found
        return world.later_than_deadline(handed, term.start, world.policy["suspension_window_days"])

    return ledger(
        world,
        "suspensions",
        school,
        lambda row: all_of(negate(equals(row["sudden"], "是")), has_value(row["school_review_date"]), late(row)),
    )


@BOOK.rule("R514", "suspensions")
def r514(world: World, school: str) -> Reply:
    def question(row: Row) -> Answer:
        unproved = all_of(equals(row["reason"], "伤病"), negate(given(row["recovery_proof"])))
        return all_of(has_value(row["resume_date"]), any_of([negate(given(row["original_form"])), unproved]))

    return ledger(world, "suspensions", school, question)


@BOOK.rule("R515", "suspensions")
def r515(world: World, school: str) -> Reply:
    def differ(left: Any, right: Any) -> Answer:
        if left is BLANK or right is BLANK:
            return False
        if left is UNKNOWN or right is UNKNOWN:
            return None
        return clean_name(left) != clean_name(right)

    return ledger(
        world,
        "suspensions",
        school,
        lambda row: all_of(has_value(row["resume_date"]), differ(row["diagnosis_hospital"], row["recovery_hospital"])),
    )


@BOOK.rule("R516", "suspensions register")
def r516(world: World, school: str) -> Reply:
    return ledger(
        world,
        "suspensions",
        school,
        lambda row: all_of(
            has_value(row["resume_date"]), crowded(world, school, (row["resume_grade"], row["resume_class"]))
        ),
    )


@BOOK.rule("R517", "headcount register", spares_special=True)
def r517(world: World, school: str) -> Reply:
    wrong = ("违规招收或转入", "借读旁听")
    rows = world.present_unregistered(school)
    return of_students(
        [(row, all_of(present, among(row["situation"], wrong, blank="未说明"))) for row, present in rows],
        world,
        school,
    )


@BOOK.rule("R518", "headcount register", spares_special=True)
def r518(world: Archive, school: str) -> Reply:
    by_name = found_persons(one for one in r117(world, school) if isinstance(one, Said))
    rows = world.present_unregistered(school)
    person = world.persons([row for row, _ in rows], school)

    def goes_up_from(row: Row) -> Answer:
        return any_of(all_of(on_register(s), goes_up(row, s)) for s in registered_elsewhere(world, row, school))

    return [
        Said(
            person[row],
            name_of(row),
            all_of(
                present,
                equals(row["situation"], "其他", blank="其他"),
                negate(of_another(world, row, school)),
                ("present", person[row]) not in by_name,
                negate(goes_up_from(row)),
                negate(handled(world, row, school)),
            ),
        )
        for row, present in rows
    ]
