"""The reference for violation 6 (R601 to R605), from the catalogue's conditions alone."""

from __future__ import annotations

from tests.reference.classes import MANY, default_seats, may_be, seats, studying
from tests.reference.outcome import Reply, Rulebook, Said, ledger
from tests.reference.rows import Row
from tests.reference.three_valued import BLANK, Answer, all_of, among, equals, is_blank, known, negate
from tests.reference.world import LEAVING_GRADES, START_GRADES, World

BOOK = Rulebook()


def free_seats(world: World, school: str, grade: int) -> Answer:
    """本校该年级有在读学生且各班核定学位之和 > 在读人数."""
    register = [row for row in world.of("register", school) if may_be(row, grade, row["class_no"])]
    sure = [row for row in register if row["grade"] == grade and studying(row) is True]
    open_ = [row for row in register if row not in sure and studying(row) is not False]
    table = [row for row in world.of("classes", school) if may_be(row, grade, row["class_no"])]
    named = {row["class_no"] for row in sure if known(row["class_no"])}
    named |= {row["class_no"] for row in table if row["grade"] == grade and known(row["class_no"])}
    bounds = [seats(world, school, grade, number) for number in named]
    default = default_seats(world, grade)
    fewest, most = sum(low for low, _ in bounds), sum(high for _, high in bounds)
    for row in table:
        if not known(row["class_no"]) or row["grade"] != grade:
            most += row["seats"] if known(row["seats"]) else default if row["seats"] is BLANK else MANY
    # Each student who is not certainly in a named class may be in one of his own.
    most += default * sum(row["grade"] != grade or row["class_no"] not in named for row in sure + open_)
    if not named and sure:
        fewest += default
    possible = bool(sure or open_) and most > max(len(sure), 1)
    certain = bool(sure) and fewest > len(sure) + len(open_)
    return True if certain else None if possible else False


@BOOK.rule("R601", "transfers register")
def r601(world: World, school: str) -> Reply:
    barred = START_GRADES + LEAVING_GRADES

    def eligible(row: Row) -> Answer:
        if known(row["grade"]):
            return all_of(row["grade"] not in barred, free_seats(world, school, row["grade"]))
        grades = [g for g in range(1, 13) if g not in barred]
        return None if any(free_seats(world, school, g) is not False for g in grades) else False

    return ledger(
        world,
        "transfers",
        school,
        lambda row: all_of(
            equals(row["direction"], "转入"),
            equals(row["result"], "不同意"),
            negate(equals(row["reason"], "其他")),
            world.in_window(row["apply_date"]),
            eligible(row),
        ),
    )


@BOOK.rule("R602", "transfers")
def r602(world: World, school: str) -> Reply:
    most = world.policy["transfer_decision_workdays"]
    return ledger(
        world,
        "transfers",
        school,
        lambda row: all_of(
            equals(row["direction"], "转入"),
            equals(row["migrant_child"], "是"),
            equals(row["result"], "办理中"),
            is_blank(row["to_opinion_date"]),
            world.workdays_exceed(row["apply_date"], world.as_of, most),
        ),
    )


@BOOK.rule("R603", "transfers")
def r603(world: World, school: str) -> Reply:
    return ledger(world, "transfers", school, lambda row: row["visits"] > 1 if known(row["visits"]) else None)


@BOOK.rule("R604", "transfers")
def r604(world: World, school: str) -> Reply:
    return ledger(
        world,
        "transfers",
        school,
        lambda row: all_of(equals(row["result"], "不同意"), is_blank(row["refusal_reason"])),
    )


@BOOK.rule("R605", "complaints")
def r605(world: World, school: str) -> Reply:
    about = ("拒收符合条件学生", "拖延办理", "要求额外材料")

    def question(row: Row) -> Answer:
        return all_of(among(row["category"], about), negate(equals(row["verified"], "不属实", blank="未核实")))

    def occasion(row: Row) -> tuple[str, ...]:
        columns = ("received_date", "category", "content")
        return tuple(str(row[column]) if known(row[column]) else "" for column in columns)

    return [Said(occasion(row), "", question(row)) for row in world.of("complaints", school)]
