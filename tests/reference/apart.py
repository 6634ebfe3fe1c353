"""What checks of several violations ask of a student who is at one school and registered at another."""

from __future__ import annotations

from tests.reference.archive import Archive
from tests.reference.rows import Row, on_register, same_number
from tests.reference.three_valued import Answer, all_of, among, any_of, equals, known, negate


def goes_up(row: Row, student: Row) -> Answer:
    """核对年级为起始年级而名册在前一学段毕业年级（6、9）."""
    return any_of(all_of(equals(row["grade"], top + 1), equals(student["grade"], top)) for top in (6, 9))


def registered_elsewhere(world: Archive, row: Row, school: str) -> list[Row]:
    """The register rows of other schools, none of the group, that a headcount row is by number."""
    return [
        student
        for student in world.tables.get("register", [])
        if not world.same_school(school, student["school_id"]) and world.same_person(row, student)
    ]


def handled(world: Archive, row: Row, school: str) -> Answer:
    """本校转学台账有该生 转入 且 办理结果∈{同意,办理中}."""
    return any_of(
        all_of(equals(t["direction"], "转入"), among(t["result"], ("同意", "办理中")))
        for t in world.of_headcount_student("transfers", school, row)
    )


def moved_between(world: Archive, left: Row, right: Row, only_between: bool) -> Answer:
    """转学台账 of the two schools has a row of the student, 同意 or 办理中 (between the two, where asked)."""
    answers = []
    for mine, other in ((left, right), (right, left)):
        for row in world.of("transfers", str(mine["school_id"])):
            if is_of(world, row, mine):
                involved = between(world, row, str(other["school_id"])) if only_between else True
                answers.append(all_of(among(row["result"], ("同意", "办理中")), involved))
    return any_of(answers)


def is_of(world: Archive, row: Row, mine: Row) -> bool:
    """A ledger row of ``mine``'s school is about this student: by number, or as a row about its register student."""
    if world.same_person(row, mine):
        return True
    school = str(mine["school_id"])
    if mine.table == "register":
        return mine in world.students_of(row, school)
    students = world.matches(school).firm.get(mine, [])
    return any(s in world.students_of(row, school) for s in students) or row in world.of_headcount_student(
        "transfers", school, mine
    )


def between(world: Archive, row: Row, other: str) -> Answer:
    """The row's other school is this one."""
    into = equals(row["direction"], "转入")
    answers = {c: world.named(row[c]) == other if known(row[c]) else None for c in ("from_school", "to_school")}
    both = all_of(answers["from_school"], answers["to_school"])
    return any_of([all_of(into, answers["from_school"]), all_of(negate(into), answers["to_school"]), both])


def unregistered_there(world: Archive, student: Row, row: Row) -> Answer:
    """在该校名册无学籍: ``row``, of another school's headcount, is on no register of that school (or its group)."""
    other = str(row["school_id"])
    group = world.group(other)
    matches = world.matches(other)
    there = [
        s for one in group for s in world.of("register", one) if same_number(student, s) or world.same_person(row, s)
    ]
    there += matches.firm.get(row, [])
    if row in matches.suspected:
        there.append(matches.suspected[row])  # never two accusations
    registered = [on_register(s) for s in there]  # his own row settles it, whoever the namesakes are
    namesakes = matches.namesakes_of(row)
    if namesakes:
        registered.append(None if namesakes.rows_over else True)  # no more rows than students: he is one of them
    elif not any(world.has_rows("register", one) for one in group):
        registered.append(None)
    return negate(any_of(registered))
