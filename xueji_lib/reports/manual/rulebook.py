"""The catalogue as text for people: a list of the checks, one check in full, a file of all."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import yaml

from xueji_lib.judge.confirming import FigureUse
from xueji_lib.local_rules import Local, with_local
from xueji_lib.register.catalogue import FORMS, VIOLATIONS, VIOLATIONS_SHORT, Catalogue, Entry, Question
from xueji_lib.register.policy import Policy
from xueji_lib.register.vocabulary import Nature
from xueji_lib.reports.manual.as_text import lines as page_lines
from xueji_lib.reports.manual.page import SCOPES, page
from xueji_lib.reports.manual.texts import Manual, figure_text, figures, table_name
from xueji_lib.reports.workbooks.workbook import Book, SheetColumn
from xueji_lib.support.errors import UsageError
from xueji_lib.support.files import put_file

NATURES: Final[Mapping[str, str]] = {Nature.FACT: "记录本身足以认定", Nature.LEAD: "问一问的理由"}
HEADERS: Final = ("编号", "情形", "严重程度", "性质", "对象", "题目", "条件", "条款", "整改要求", "要用的表", "记在")
FORMATS: Final = (".csv", ".xlsx", ".yaml", ".md")
_MADE: Final = dt.date(2020, 1, 1)  # in the workbook's properties: the same catalogue gives the same bytes


def lines(catalogue: Catalogue, violation: int | None = None, local: Mapping[str, Local] | None = None) -> list[str]:
    """The list: a heading for each violation, a line for each check, then the on-site questions. ``local``: the
    county's own checks, which stand behind the notice's."""
    own, listing = local or {}, []
    judged = with_local(catalogue, own)
    for number, text in VIOLATIONS.items():
        if violation not in (None, number):
            continue
        entries = [entry for entry in judged.entries.values() if entry.violation == number]
        listing += [f"{number}. {text}（{len(entries)} 条）"]
        listing += [
            f"  {entry.id}  {entry.severity}  {entry.nature}  {entry.title}{_unusable(own, entry)}" for entry in entries
        ]
        listing += [f"  {ask.id}  现场询问    {ask.ask}" for ask in catalogue.questions if ask.violation == number]
        listing.append("")
    more = f"，另有本县自定义 {len(own)} 条" if own else ""
    total = f"{catalogue.edition} 版：{len(catalogue.entries)} 条检查{more}，{len(catalogue.questions)} 个现场询问"
    return [*listing, f"{total}。看一条的全文：xueji rules show R101"]


def figure_lines(figures_used: Iterable[FigureUse]) -> Iterator[str]:
    """The figures of the policy, those that are still to be confirmed first to see: three lines each, then a sum."""
    n = unconfirmed_n = 0
    for figure in figures_used:
        n, unconfirmed_n = n + 1, unconfirmed_n + figure.unconfirmed
        yield f"{'待确认' if figure.unconfirmed else '已确认'}  {figure.name}  {figure.title}"
        yield f"        出处：{figure.source}"
        used = "、".join(figure.rules) or "不用于检查（整改期限、处理建议、去向台账）"
        counted = figure.new_facts is not None and figure.unconfirmed and figure.rules
        yield f"        用它的检查：{used}" + (f"；确认后有 {figure.new_facts} 条疑点由线索成为事实" if counted else "")
    yield f"共 {n} 个数字，{unconfirmed_n} 个待县局确认。确认：在 data/policy 的数字文件里把“待县局确认”改成文件名"


def _unusable(own: Mapping[str, Local], entry: Entry) -> str:
    return f"：读不出，不能用（{own[entry.id].error}）" if entry.id in own and own[entry.id].error else ""


def manual(catalogue: Catalogue, policy: Policy, rule_id: str, local: Mapping[str, Local] | None = None) -> list[str]:
    """One check's page of the manual, with the county's figures. Raises UsageError for an unknown id."""
    own = local or {}
    if rule_id in own and own[rule_id].error:
        return [f"{rule_id} {own[rule_id].entry.title}", f"不能用    {own[rule_id].error}"]
    for ask in catalogue.questions:
        if ask.id == rule_id:
            return [f"{ask.id} 现场询问", f"情形    {_violation(ask.violation)}", f"询问    {ask.ask}"]
    return page_lines(page(with_local(catalogue, own)[rule_id], policy, Manual.load()))


def export(catalogue: Catalogue, policy: Policy, file: Path) -> None:
    """Write all checks and questions; the suffix says how. Raises UsageError for another suffix."""
    suffix = file.suffix.lower()
    if suffix not in FORMATS:
        raise UsageError(f"不会写 {file.name}：扩展名要是 {'、'.join(FORMATS)} 之一")
    if suffix == ".xlsx":
        _workbook(catalogue, file)
    elif suffix == ".csv":
        put_file(file, "\ufeff" + _csv(catalogue))  # Excel knows UTF-8 by this mark
    elif suffix == ".yaml":
        put_file(file, _yaml(catalogue))
    else:
        put_file(file, markdown(catalogue, policy))


def markdown(catalogue: Catalogue, policy: Policy) -> str:
    """The catalogue as one document; the manual has a page a check (docs/rules)."""
    texts = Manual.load()
    parts = [
        f"# 检查目录（{catalogue.edition} 版）",
        f"{len(catalogue.entries)} 条检查，{len(catalogue.questions)} 个现场询问。",
        "例子、误判提示和条款原话：`xueji rules show R101`。",
        "“事实”是记录本身足以认定，“线索”是问一问的理由；两种都只是疑点，由督查人员认定。",
    ]
    for number, text in VIOLATIONS.items():
        parts.append(f"## {number} {text}")
        for entry in catalogue.entries.values():
            if entry.violation == number:
                rows = [f"- {header}：{value}" for header, value in list(_fields(entry).items())[1:] if value]
                rows += [f"- `{n}` = {figure_text(v)}（{source}）" for n, v, source in figures(entry, policy, texts)]
                parts.append("\n".join([f"### {entry.id} {entry.title}", "", *rows]))
        asks = [f"- **{ask.id}** {ask.ask}" for ask in catalogue.questions if ask.violation == number]
        parts.append("\n".join(["### 现场询问", "", *asks]))
    return "\n\n".join(parts) + "\n"


def _violation(number: int) -> str:
    return f"{number} {VIOLATIONS_SHORT[number]}"


def _fields(entry: Entry) -> dict[str, str]:
    """The check's fields, the title apart, by Chinese name, all text."""
    return {
        "情形": _violation(entry.violation),
        "严重程度": entry.severity,
        "性质": f"{entry.nature}（{NATURES[entry.nature]}）",
        "对象": SCOPES[entry.scope],
        "条款": entry.clause,
        "条件": entry.when,
        "要用的表": "、".join(table_name(table) for table in entry.needs),
        "记在": entry.charged,
        "整改要求": entry.remedy,
    }


def _rows(catalogue: Catalogue) -> list[dict[str, str]]:
    """One row a check; columns HEADERS."""
    rows = []
    for entry in catalogue.entries.values():
        fields = {"编号": entry.id, "题目": entry.title, **_fields(entry), "性质": entry.nature}
        rows.append({header: fields[header] for header in HEADERS})
    return rows


def _asks(catalogue: Catalogue) -> list[dict[str, str]]:
    return [{"编号": q.id, "情形": _violation(q.violation), "现场询问": q.ask} for q in catalogue.questions]


def _csv(catalogue: Catalogue) -> str:
    """Checks first; a question is a row whose 性质 is 现场询问."""
    out = io.StringIO()
    writer = csv.DictWriter(out, HEADERS, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(_rows(catalogue))
    for ask in _asks(catalogue):
        writer.writerow({"编号": ask["编号"], "情形": ask["情形"], "性质": "现场询问", "题目": ask["现场询问"]})
    return out.getvalue()


def _yaml(catalogue: Catalogue) -> str:
    """In the form of data/catalogue, so that a county can start its own edition from it."""

    def plain(item: Entry | Question) -> dict[str, Any]:
        values = {field.name: getattr(item, field.name) for field in fields(item)}
        own = {field.name: values[field.name] for field in fields(item) if values[field.name] != field.default}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in own.items()}

    content = {
        "edition": catalogue.edition,
        "rules": [plain(entry) for entry in catalogue.entries.values()],
        FORMS: [{"violation": number, **form} for number, form in catalogue.on_site_findings.items()],
        "on_site": [plain(ask) for ask in catalogue.questions],
    }
    return str(yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=1000))


def _workbook(catalogue: Catalogue, file: Path) -> None:
    book = Book(f"检查目录 {catalogue.edition}", _MADE)
    for name, rows, widths in (
        ("检查", _rows(catalogue), (7, 20, 9, 7, 7, 28, 60, 16, 28, 22, 14)),
        ("现场询问", _asks(catalogue), (7, 22, 70)),
    ):
        columns = [SheetColumn(head, width, wrap=True) for head, width in zip(rows[0], widths, strict=True)]
        book.table(book.sheet(name, f"检查目录 {catalogue.edition}"), columns, [list(row.values()) for row in rows])
    book.save(file)
