"""A county's own checks: how one is written, and what its file says of it.

A local rule is a plain function over pandas frames, marked with ``@local_rule``, in a file of
``data/rules_local``. What it is (number, title, severity, …) is read from the file's text without running it: so
a file that does not run still has a name under which that is told, and reports need not run anybody's code.
Running them: ``local_judge``. Writing them: ``lab`` and data/rules_local/README.md.

More than 250 lines: the decorator with its checks of every argument, and the reading of a file, which calls the same
decorator with what the text says.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar

from xueji_lib.register import catalogue as catalogues
from xueji_lib.register.catalogue import SEVERITIES, VIOLATIONS, Catalogue, Entry
from xueji_lib.register.identity import mask_sentence
from xueji_lib.register.schema import TABLES
from xueji_lib.register.vocabulary import Nature, Severity
from xueji_lib.rules.across import Across
from xueji_lib.support import paths
from xueji_lib.support.errors import UsageError, XuejiError

F = TypeVar("F", bound=Callable[..., Any])

MARK: Final = "（自定义）"
"""Stands behind the title of every local rule, wherever it is shown."""

UNREADABLE: Final = "L000"
"""The number under which files without a number of their own are told."""

JUDGED: Final = (*(name for name in TABLES if name not in ("residents", "replies", "annex1")), "previous_register")
"""Tables whose rows a local rule may find: those that belong to a school."""

READ: Final = (*(name for name in TABLES if name not in ("replies", "annex1")), "previous_register")
"""Tables a local rule may look at."""

ACROSS: Final = tuple(str(way) for way in (Across.NUMBERS, Across.NAMESAKES, Across.TRANSFERS))
"""What a local rule may say that it looks at in other schools: rows of the same number, register rows of the same name,
sex and birth date, the schools of its transfers."""

_ID = re.compile(r"L(?!000)\d{3}")
_NAMED = re.compile(r"local_rule\s*\(\s*[\"'](L\d{3})[\"']")


def is_own(rule_id: str) -> bool:
    """The number is that of a county's own check."""
    return rule_id == UNREADABLE or bool(_ID.fullmatch(rule_id))


class LocalRuleError(XuejiError):
    """A local rule cannot be read, or failed. The text names file, line and kind of error, never a record."""


@dataclass(frozen=True, slots=True)
class Local:
    """What a local rule says of itself. ``table``: whose rows it returns; ``uses``: that table's columns without
    which nothing can be said of a row; ``file`` and ``line``: where it stands, ``function`` its name there. ``error``:
    why it cannot be used, else empty. ``across``: what it looks at in other schools; all of them where it does not
    say."""

    entry: Entry
    table: str = ""
    uses: tuple[str, ...] = ()
    file: Path = Path()
    function: str = ""
    error: str = ""
    line: int = 0
    across: frozenset[Across] = frozenset({Across.COUNTY})

    @property
    def place(self) -> str:
        """L001.py 第 3 行."""
        return f"{self.file.name} 第 {self.line} 行" if self.line else self.file.name


def local_rule(
    rule_id: str,
    *,
    title: str,
    violation: int = 7,
    severity: str = "一般",
    nature: str = "线索",
    scope: str = "student",
    table: str = "register",
    needs: tuple[str, ...] = (),
    clause: str = "县局自定",
    when: str = "",
    remedy: str = "核实并说明",
    uses: tuple[str, ...] = (),
    across: tuple[str, ...] | None = None,
) -> Callable[[F], F]:
    """Mark a function ``f(t)`` as a local rule; it returns the offending rows of ``t.<table>``.

    ``rule_id``: L001–L999. ``scope``: what a finding is about, student, class or school. ``needs``: tables without
    which a school is 缺数据 (``table`` is always one). ``uses``: columns of ``table``; a row in which one is unknown
    is 无法判定. ``across``: what it looks at in other schools, names of ``ACROSS``, () for nothing; where it is not
    written it may look at all of them. Every argument is written out in place, not computed.
    Raises UsageError (Chinese: which argument, what it should be).
    """
    declared = _made(rule_id, title, violation, severity, nature, scope, table, needs, clause, when, remedy, uses)
    declared = replace(declared, across=_looks_at(rule_id, across))

    def mark(function: F) -> F:
        function.local = replace(declared, function=function.__name__)  # type: ignore[attr-defined]
        return function

    return mark


def _looks_at(rule_id: str, across: object) -> frozenset[Across]:
    if across is None:
        return frozenset({Across.COUNTY})
    if not isinstance(across, tuple | list) or not set(across) <= set(ACROSS):
        names = "、".join(ACROSS)
        raise UsageError(f'{rule_id} 的 across 应是 ("…",) 这样的一组名字，取自 {names}；只看本校的写 ()')
    return frozenset(map(Across, across))


def _made(
    rule_id: str,
    title: str,
    violation: int,
    severity: str,
    nature: str,
    scope: str,
    table: str,
    needs: tuple[str, ...],
    clause: str,
    when: str,
    remedy: str,
    uses: tuple[str, ...],
) -> Local:
    if not isinstance(rule_id, str) or not _ID.fullmatch(rule_id):
        raise UsageError(f"自定义检查的编号用 L001 到 L999，现在是 {rule_id!r}")
    texts = {"title": title, "clause": clause, "when": when, "remedy": remedy}
    for name, value in texts.items():
        if not isinstance(value, str) or (name == "title" and not value.strip()):
            raise UsageError(f"{rule_id} 的 {name} 要写文字，现在是 {value!r}")
    chosen = {"violation": VIOLATIONS, "severity": SEVERITIES, "nature": tuple(Nature)}
    chosen |= {"scope": ("student", "class", "school"), "table": JUDGED}
    written = {"violation": violation, "severity": severity, "nature": nature, "scope": scope, "table": table}
    for name, allowed in chosen.items():
        if written[name] not in tuple(allowed):
            raise UsageError(f"{rule_id} 的 {name} 应是 {'、'.join(map(str, allowed))} 之一，现在是 {written[name]!r}")
    spec = TABLES["register" if table == "previous_register" else table]
    ids = {column.id for column in spec}
    for name, listed, known in (("needs", needs, set(READ)), ("uses", uses, ids)):
        if not isinstance(listed, tuple | list) or not set(listed) <= known:
            raise UsageError(f'{rule_id} 的 {name} 应是 ("…",) 这样的一组名字，取自 {"、".join(sorted(known))}')
    if scope == "student" and not spec.per_student:
        raise UsageError(f"{rule_id} 的 scope 是 student，可 {table} 不是一行一个学生。改成 class 或 school")
    if scope == "class" and not {"grade", "class_no"} <= ids:
        raise UsageError(f"{rule_id} 的 scope 是 class，可 {table} 没有年级和班号。改成 school")
    masked = {name: mask_sentence(value.strip()) for name, value in texts.items()}
    wanted = tuple(dict.fromkeys((table, *needs)))
    masked["title"] += MARK
    return Local(Entry(rule_id, violation, severity, nature, scope, wanted, **masked), table, tuple(uses))


def folder() -> Path:
    """Where a county's own checks are kept."""
    return paths.data("rules_local")


def files(where: Path | None = None) -> list[Path]:
    """The rule files in name order; names that begin with _ or . are left aside."""
    return sorted(f for f in (where or folder()).glob("*.py") if not f.name.startswith(("_", ".")))


def read(where: Path | None = None) -> dict[str, Local]:
    """The local rules of a folder (default data/rules_local) by number, from the files' texts alone.

    A rule that cannot be used stands there with its ``error``.
    """
    rules_by_number: dict[str, list[Local]] = {}
    for file in files(where):
        for local in read_file(file):
            rules_by_number.setdefault(local.entry.id, []).append(local)
    return {rule_id: _only(rules_by_number[rule_id]) for rule_id in sorted(rules_by_number)}


def catalogue(edition: str) -> Catalogue:
    """An edition with the county's own checks: what reports name checks from."""
    return with_local(catalogues.load(edition), read())


def with_local(catalogue: Catalogue, local: Mapping[str, Local]) -> Catalogue:
    """The same catalogue with these checks behind its own."""
    return replace(catalogue, entries={**catalogue.entries, **{i: rule.entry for i, rule in local.items()}})


def read_file(file: Path) -> list[Local]:
    """What one file says. Never raises: what cannot be read is a rule with an ``error``."""
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return [_broken(file, file.stem, "读不出来：要存成 UTF-8 的文字文件")]
    named = _NAMED.search(text)
    number = named[1] if named else file.stem
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        return [_broken(file, number, f"第 {getattr(error, 'lineno', None) or 1} 行写得不对（{type(error).__name__}）")]
    rules = [_rule_of(file, node, call) for node in tree.body for call in _decorators(node)]
    return rules or [_broken(file, number, "里面没有 @local_rule(…) 标记的函数")]


def _decorators(node: ast.stmt) -> Iterator[ast.Call]:
    for decorator in node.decorator_list if isinstance(node, ast.FunctionDef) else ():
        if isinstance(decorator, ast.Call):
            name = decorator.func
            if (name.id if isinstance(name, ast.Name) else getattr(name, "attr", "")) == "local_rule":
                yield decorator


def _rule_of(file: Path, node: ast.stmt, call: ast.Call) -> Local:
    number = file.stem
    try:
        listed = [ast.literal_eval(value) for value in call.args]
        number = listed[0] if listed and isinstance(listed[0], str) else number
        named = {keyword.arg or "**": ast.literal_eval(keyword.value) for keyword in call.keywords}
        decorator = local_rule(*listed, **named)
    except UsageError as error:
        return replace(_broken(file, number, f"第 {call.lineno} 行：{error}"), line=call.lineno)
    except (TypeError, ValueError):
        return _broken(file, number, f"第 {call.lineno} 行：local_rule(…) 的参数要一项项直接写出来，名字也要对")

    def named_so() -> None: ...

    named_so.__name__ = str(getattr(node, "name", ""))
    local: Local = decorator(named_so).local  # type: ignore[attr-defined]
    return replace(local, file=file, line=call.lineno)


def _broken(file: Path, number: str, why: str) -> Local:
    """A rule that cannot be used: charged to no table, so that nothing but its error is told of it."""
    rule_id = number if _ID.fullmatch(number) else UNREADABLE
    title = f"自定义检查文件 {file.name}{MARK}"
    entry = Entry(rule_id, 7, Severity.GENERAL, Nature.LEAD, "school", (), "县局自定", title, "", "")
    return Local(entry, file=file, error=f"{file.name} {why}")


def _only(rules: list[Local]) -> Local:
    if len(rules) == 1:
        return rules[0]
    if rules[0].entry.id == UNREADABLE:
        return replace(rules[0], error="；".join(rule.error for rule in rules))
    locations = "、".join(rule.place for rule in rules)
    error = f"编号 {rules[0].entry.id} 用了 {len(rules)} 次（{locations}）：请改成各不相同的编号"
    return replace(rules[0], entry=replace(rules[0].entry, needs=()), error=error)
