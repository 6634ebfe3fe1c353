"""The manual's page of a check, in blocks that ``as_text`` writes as Markdown or for the screen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from xueji_lib.register.catalogue import VIOLATIONS, Entry
from xueji_lib.register.policy import RECTIFY_FIGURES, Policy
from xueji_lib.register.vocabulary import Nature
from xueji_lib.reports.manual.texts import Manual, clauses, figure_text, figures, table_name
from xueji_lib.rules import IMPLEMENTED

SCOPES: Final = {"student": "学生", "class": "班级", "school": "学校"}
NATURES: Final[Mapping[str, str]] = {
    Nature.FACT: "记录本身就能看出不符合规定。但记录也可能填错，所以列出来的仍是疑点，督查人员核实以后才算属实。",
    Nature.LEAD: "记录本身还不能说明违规，只是值得问一问。列出来的是疑点，督查人员问清、核实以后才算属实。",
}
IDENTITY: Final = ("姓名", "曾用名", "性别", "身份证件号", "全国学籍号", "年级", "班号", "学生状态")
"""The columns by which students of two tables are found to be one, and by which a pupil is on the register at all."""

SIGNS: Final = {
    "as_of": "检查基准日，按哪一天算逾期",
    "start": "学期的开学日",
    "end": "学期的最后一天",
    "max": "取大的一个",
    "student": "发现里写的学生",
    "school": "发现里写的学校",
    "school_id": "学校标识码",
    "coverage": "每校每条的状态（coverage.csv）",
    "reports": "排摸上报",
    "custody": "学籍管理与保密",
    "classes": "班级设置",
    "seats_": "核定学位的通用标准",
    "D04": "号码被 Excel 写坏",
    "D05": "不是日期",
    "D06": "不在代码集",
    "D07": "同一行写了两遍",
    "D09": "乱码",
    "D11": "号码打了码",
}
"""What the conditions' short signs mean."""
MOST_COLUMNS: Final = 9
READING: Final = "空白、未知、同一个学生、期限怎样算，见“条件怎样读”（docs/reading-conditions.md）。"


@dataclass(frozen=True, slots=True)
class Quote:
    """Words quoted from a document, and the document."""

    source: str
    words: str


@dataclass(frozen=True, slots=True)
class ManualTable:
    """A small table; ``caption`` may be empty."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Points:
    """A list of sentences."""

    items: tuple[str, ...]


Block = str | Quote | ManualTable | Points


@dataclass(frozen=True, slots=True)
class ManualSection:
    """A heading of a page and what stands below it."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class ManualPage:
    """One check's page. ``sections`` come in reading order."""

    id: str
    title: str
    sections: tuple[ManualSection, ...]

    def __getitem__(self, title: str) -> ManualSection:
        return next(section for section in self.sections if section.title == title)


def page(entry: Entry, policy: Policy, manual: Manual) -> ManualPage:
    """Compose the page of a check."""
    sections = (
        ("查什么", _asks(entry, policy, manual)),
        ("性质", [f"{entry.severity}。{entry.nature}：{NATURES[entry.nature]}"]),
        ("准确的条件", _condition(entry, policy)),
        ("依据", _sources(entry, manual)),
        ("例子", _examples(entry, policy, manual)),
        ("误判提示", [manual.misjudged[entry.id]] if entry.id in manual.misjudged else []),
        ("怎样改正", _remedy(entry, policy)),
        ("要用的表和列", _tables(entry, manual)),
        ("用到的数字", _figures(entry, policy, manual)),
    )
    filled = tuple(ManualSection(title, tuple(blocks)) for title, blocks in sections if blocks)
    return ManualPage(entry.id, entry.title, filled)


def _asks(entry: Entry, policy: Policy, manual: Manual) -> list[Block]:
    text = manual.plain.get(entry.id, {}).get("asks", "")
    values = {name: figure_text(value) for name, value in policy.figures.items()}
    spoken: list[Block] = [re.sub(r"\{(\w+)\}", lambda m: values.get(m[1], m[0]), text)] if text else []
    facts = [
        f"情形：{entry.violation} {VIOLATIONS[entry.violation]}",
        f"一条说的是：{SCOPES[entry.scope]}" + (f"；记在：{entry.charged}" if entry.charged else ""),
    ]
    implementation = IMPLEMENTED.get(entry.id)
    if implementation is not None and implementation.not_for_special:
        facts.append("特殊教育学校不查这一条")
    return [*spoken, Points(tuple(facts))]


def _condition(entry: Entry, policy: Policy) -> list[Block]:
    def live(match: re.Match[str]) -> str:
        name = match[1]
        return f"{name}({figure_text(policy.figures[name])})" if name in policy.figures else match[0]

    words = re.sub(r"([a-z][a-z_]+[a-z])\([^)]*\)", live, entry.when)
    signs = set(re.findall(r"[a-z][a-z_]*|D\d\d", words))
    meant = [f"{sign}：{meaning}" for sign, meaning in SIGNS.items() if sign in signs]
    return [Quote("", words), *([f"其中 {'；'.join(meant)}。"] if meant else []), READING]


def _sources(entry: Entry, manual: Manual) -> list[Block]:
    chosen = manual.plain.get(entry.id, {}).get("quotes", {})
    blocks: list[Block] = []
    for reference in clauses(entry):
        clause = manual.clauses.get(reference, {})
        words = chosen.get(reference) or clause.get("text", [])
        if words:
            blocks.append(Quote(f"通知{reference.split(' ')[0]}", "……".join(words)))
        else:
            blocks.append(f"{reference}：{clause.get('note', '这里没有收录原文。')}")
    return blocks


def _examples(entry: Entry, policy: Policy, manual: Manual) -> list[Block]:
    texts = manual.examples.get(entry.id)
    if not texts:
        return []
    usual = texts["examples"][0]
    changed = [
        f"{name} 现在是 {figure_text(policy.figures[name])}，例子按 {figure_text(value)} 写"
        for name, value in texts["figures"].items()
        if name in policy.figures and policy.figures[name] != value
    ]
    blocks: list[Block] = [f"人和号码都是编的。检查基准日 {usual['as_of']}，学期 {usual['term']}。"]
    if changed:
        blocks.append(f"注意：{'；'.join(changed)}。")
    return [
        *blocks,
        Points(tuple(_example(example, usual) for example in texts["examples"])),
        *(_grid(table) for table in texts["tables"]),
        *texts["notes"],
    ]


def _example(example: Mapping[str, Any], usual: Mapping[str, Any]) -> str:
    verdict = example["expected"] + ("（边界）" if example["boundary"] else "")
    text = f"例 {example['n']}　{verdict}：{example['why'] or '见下表'}"
    day = [f"检查基准日 {example['as_of']}"] if example["as_of"] != usual["as_of"] else []
    day += [f"学期 {example['term']}"] if example["term"] != usual["term"] else []
    text += f"（{'，'.join(day)}）" if day else ""
    return text + "。" + (f"证据里写明：{'，'.join(example['evidence'])}。" if example["evidence"] else "")


def _grid(table: Mapping[str, Any]) -> ManualTable:
    rows = tuple(
        ("、".join(map(str, row["of"])), *("（没有这一列）" if c is None else c or "（空）" for c in row["cells"]))
        for row in table["rows"]
    )
    header = ("例", *table["columns"])
    if len(header) > MOST_COLUMNS:  # too wide to read: stand it up
        header, *turned = zip(header, *rows, strict=True)
        rows = tuple(turned)
    return ManualTable(table_name(table["table"]), header, rows)


def _remedy(entry: Entry, policy: Policy) -> list[Block]:
    name = RECTIFY_FIGURES.get(entry.severity, "")
    within = f"整改期限：{policy.figures[name]} 个工作日（{policy.sources[name]}）。" if name in policy.figures else ""
    return [f"{entry.remedy}。", *([within] if within else [])]


def _tables(entry: Entry, manual: Manual) -> list[Block]:
    columns = manual.columns(entry.id)
    used = [*entry.needs, *(table for table in columns if table not in entry.needs)]
    rows = tuple(
        (
            table_name(t),
            "必需" if t in entry.needs else "有则用，没有照样判",
            "、".join(columns.get(t, ())) or "只用来认人",
        )
        for t in used
    )
    grid = ManualTable("", ("表", "要不要", "判定看的列"), rows)
    linked = [f"认同一个学生另外要用：{'、'.join(IDENTITY)}。"] if entry.scope == "student" else []
    return [grid, *linked]


def _figures(entry: Entry, policy: Policy, manual: Manual) -> list[Block]:
    listed = tuple(
        f"{n} = {figure_text(value)}（出处：{source}）" for n, value, source in figures(entry, policy, manual)
    )
    return [Points(listed), f"在 data/policy/{policy.edition}.toml 里改。"] if listed else []
