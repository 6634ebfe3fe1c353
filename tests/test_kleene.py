"""Answers of three values: an unknown matters only where it could change the answer, and so does a missing calendar.

An answer is written True, False, None (unknown), or the year whose working days are missing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.reference import three_valued
from tests.reference.three_valued import GAP
from xueji_lib.county import kleene
from xueji_lib.county.kleene import NO_YEAR, Truth, truth

Answer = bool | int | None
ANSWERS: tuple[Answer, ...] = (True, False, None, 2027, 2031)
ONE = st.sampled_from(ANSWERS)


def is_year(answer: Answer) -> bool:
    return answer is not None and not isinstance(answer, bool)


def of(*answers: Answer) -> Truth:
    years = np.array([a if is_year(a) else NO_YEAR for a in answers], dtype=np.int16)
    unknown = [a is None or is_year(a) for a in answers]
    gap = years if any(map(is_year, answers)) else None
    return truth([a is True for a in answers], unknown, gap)


def back(t: Truth) -> list[Answer]:
    years = np.full(len(t), NO_YEAR) if t.gap is None else t.gap
    said = zip(t.yes.tolist(), t.unknown.tolist(), years.tolist(), strict=True)
    return [year if year != NO_YEAR else None if unknown else is_yes for is_yes, unknown, year in said]


def plain(answer: Answer) -> Answer:
    """The answer without a reason."""
    return None if is_year(answer) else answer


def earliest(*answers: Answer) -> Answer:
    return min(a for a in answers if is_year(a))  # type: ignore[type-var]


def both(a: Answer, b: Answer) -> Answer:
    """且, as the slow judge has it; of two years the earlier."""
    answer = three_valued.all_of(*(GAP if is_year(one) else one for one in (a, b)))
    return earliest(a, b) if answer is GAP else answer


def either(a: Answer, b: Answer) -> Answer:
    answer = three_valued.any_of(GAP if is_year(one) else one for one in (a, b))
    return earliest(a, b) if answer is GAP else answer


def opposite(a: Answer) -> Answer:
    return a if is_year(a) else three_valued.negate(a)  # type: ignore[no-any-return]


def possible(answer: Answer) -> tuple[bool, ...]:
    return (answer,) if isinstance(answer, bool) else (True, False)


def settled(answers: set[bool]) -> Answer:
    return answers.pop() if len(answers) == 1 else None


# ---- & | ~ ----


def test_and_or_not_are_unknown_exactly_where_the_missing_value_could_change_the_answer() -> None:
    for a, b in product(ANSWERS, ANSWERS):
        assert list(map(plain, back(of(a) & of(b)))) == [settled({x and y for x in possible(a) for y in possible(b)})]
        assert list(map(plain, back(of(a) | of(b)))) == [settled({x or y for x in possible(a) for y in possible(b)})]
    for a in ANSWERS:
        assert list(map(plain, back(~of(a)))) == [settled({not x for x in possible(a)})]


def test_a_missing_calendar_outweighs_an_unknown_as_the_slow_judge_has_it() -> None:
    for a, b in product(ANSWERS, ANSWERS):
        assert back(of(a) & of(b)) == [both(a, b)]
        assert back(of(a) | of(b)) == [either(a, b)]
    for a in ANSWERS:
        assert back(~of(a)) == [opposite(a)]


@given(ONE, ONE, ONE)
def test_kleenes_laws_hold_reasons_and_all(a: Answer, b: Answer, c: Answer) -> None:
    x, y, z = of(a), of(b), of(c)
    assert back(x & y) == back(y & x) and back(x | y) == back(y | x)
    assert back((x & y) & z) == back(x & (y & z)) and back((x | y) | z) == back(x | (y | z))
    assert back(x & x) == back(x) == back(x | x)
    assert back(~~x) == back(x)
    assert back(~(x & y)) == back(~x | ~y) and back(~(x | y)) == back(~x & ~y)
    assert back(x & of(True)) == back(x) == back(x | of(False))
    assert back(x & of(False)) == [False] and back(x | of(True)) == [True]


@given(ONE, ONE, ONE)
def test_absorption_and_distribution_hold_for_the_answer_not_for_its_reason(a: Answer, b: Answer, c: Answer) -> None:
    """What can be decided does not depend on how a condition is written. The reason may: with an unknown number and no
    calendar, "number and (number or late)" is open for want of both."""
    x, y, z = of(a), of(b), of(c)
    for one, other in (
        (x & (x | y), x),
        (x | (x & y), x),
        (x & (y | z), (x & y) | (x & z)),
        (x | (y & z), (x | y) & (x | z)),
    ):
        assert list(map(plain, back(one))) == list(map(plain, back(other)))


# ---- whole conditions ----

Condition = Callable[[list[Truth]], Truth]


def conditions() -> st.SearchStrategy[Condition]:
    """Any condition over three answers."""
    leaf = st.integers(0, 2).map(lambda i: lambda given: given[i])
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            inner.map(lambda f: lambda given: ~f(given)),
            st.tuples(inner, inner).map(lambda pair: lambda given: pair[0](given) & pair[1](given)),
            st.tuples(inner, inner).map(lambda pair: lambda given: pair[0](given) | pair[1](given)),
        ),
        max_leaves=8,
    )


THREE = st.lists(ONE, min_size=3, max_size=3)


def decided(condition: Condition, answers: list[Answer]) -> Answer:
    return back(condition([of(a) for a in answers]))[0]


@given(conditions(), THREE)
def test_a_missing_calendar_is_an_unknown_for_the_answer(condition: Condition, answers: list[Answer]) -> None:
    assert plain(decided(condition, answers)) == decided(condition, [plain(a) for a in answers])


@given(conditions(), THREE, st.integers(0, 2), st.sampled_from((2020, 2027, 2031)))
def test_one_more_missing_calendar_takes_no_other_away(
    condition: Condition, answers: list[Answer], which: int, year: int
) -> None:
    """Where something unknown turns out to lack a calendar, a gap stays a gap, and its year does not get later."""
    answers[which] = None
    before = decided(condition, answers)
    answers[which] = year
    after = decided(condition, answers)
    assert plain(after) == plain(before)
    if is_year(before):
        assert is_year(after) and after <= before  # type: ignore[operator]


@given(conditions(), THREE, st.integers(0, 2), st.booleans())
def test_a_calendar_that_comes_later_changes_no_answer_that_stood(
    condition: Condition, answers: list[Answer], which: int, turned_out: bool
) -> None:
    answers[which] = 2027
    before = decided(condition, answers)
    answers[which] = turned_out
    if isinstance(before, bool):
        assert decided(condition, answers) is before
    elif before is None:
        assert not is_year(decided(condition, answers))


# ---- taking, choosing, gathering ----

MANY = st.lists(ONE, min_size=1, max_size=8)


@given(MANY, st.data())
def test_rows_that_are_taken_keep_their_reasons(answers: list[Answer], data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.integers(0, len(answers) - 1)))
    assert back(of(*answers)[np.array(rows, dtype=np.int64)]) == [answers[row] for row in rows]
    assert back(kleene.concat(of(*answers), of(), of(*answers))) == [*answers, *answers]


@given(MANY, st.data())
def test_doubt_turns_a_yes_into_unknown_and_nothing_else(answers: list[Answer], data: st.DataObject) -> None:
    flags = data.draw(st.lists(st.booleans(), min_size=len(answers), max_size=len(answers)))
    doubted = [None if a is True and flag else a for a, flag in zip(answers, flags, strict=True)]
    opened = [None if isinstance(a, bool) and flag else a for a, flag in zip(answers, flags, strict=True)]
    assert back(of(*answers).doubted(np.array(flags))) == doubted
    assert back(of(*answers).opened(np.array(flags))) == opened
    assert back(of(*answers) | kleene.open_where(np.array(flags))) == [
        either(a, None if flag else False) for a, flag in zip(answers, flags, strict=True)
    ]


@given(st.lists(st.tuples(st.booleans(), ONE, ONE), min_size=1))
def test_choosing_takes_each_answer_whole(rows: list[tuple[bool, Answer, Answer]]) -> None:
    condition, one, other = zip(*rows, strict=True)
    chosen = of(*one).choose(np.array(condition), of(*other))
    assert back(chosen) == [a if first else b for first, a, b in rows]


@given(st.lists(st.tuples(st.integers(0, 3), ONE)))
def test_gathering_is_or_over_all_that_belong_to_a_place(pairs: list[tuple[int, Answer]]) -> None:
    places, answers = np.array([p for p, _ in pairs], dtype=np.int64), of(*(a for _, a in pairs))
    expected = [reduce(either, (a for p, a in pairs if p == place), False) for place in range(4)]
    assert back(kleene.any_of(4, places, answers)) == expected


@given(st.lists(st.tuples(st.integers(0, 3), ONE)))
def test_what_all_say_alike(pairs: list[tuple[int, Answer]]) -> None:
    places, answers = np.array([p for p, _ in pairs], dtype=np.int64), of(*(a for _, a in pairs))
    expected: list[Answer] = []
    for place in range(4):
        said = [a for p, a in pairs if p == place]
        if any(map(is_year, said)):
            expected.append(earliest(*said))
        else:
            expected.append(said[0] if said and all(a is said[0] for a in said) else None)
    assert back(kleene.agreed(4, places, answers)) == expected


def test_asking() -> None:
    answers = of(True, False, None, 2031, 2027)
    assert kleene.yes(answers).tolist() == [True, False, False, False, False]
    assert kleene.maybe(answers).tolist() == [False, False, True, True, True]
    assert kleene.not_no(answers).tolist() == [True, False, True, True, True]
    assert kleene.lacks_calendar(answers).tolist() == [False, False, False, True, True]
    assert kleene.missing_years(answers, slice(None)) == [2027, 2031]
    assert kleene.missing_years(answers, [0, 2]) == []


@given(conditions())
def test_where_no_calendar_is_missing_nothing_is_kept_of_it(condition: Condition) -> None:
    """So that a county with all its calendars pays nothing for this."""
    without = [of(True, False, None), of(None, False, True), of(False, None, None)]
    assert condition(without).gap is None
    places = np.array([0, 1, 1])
    gathered = [kleene.any_of(2, places, without[0]), kleene.agreed(2, places, without[0]), kleene.concat(*without)]
    made = [*gathered, without[0][[0]], without[0].choose(np.array([True, False, True]), without[1])]
    assert all(answer.gap is None for answer in made)
    assert (of(2027) & of(False)).gap is None
