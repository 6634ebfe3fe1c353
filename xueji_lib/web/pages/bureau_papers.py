"""Parts of the bureau's page with documents to download: the pool, and the yearly duties."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path
from typing import Final

from xueji_lib.judge.results import Results
from xueji_lib.reports import pool_files
from xueji_lib.reports.office_facts import LetterFacts
from xueji_lib.reports.workbooks import duties_book
from xueji_lib.views import duties
from xueji_lib.views.children_pool import Pool, PoolData
from xueji_lib.web.desks import pool_desk
from xueji_lib.web.pages.html_pieces import piece
from xueji_lib.web.pages.section import Section, heading, table
from xueji_lib.web.panels.papers import Offer, Papers
from xueji_lib.web.panels.table_panel import TableForm
from xueji_lib.web.shared.county_desk import CountyDesk

_OFFERS: Final = (
    ("导出去向台账", "工作簿：全县一页、各乡镇一页，月报、季报"),
    ("导出统计表", "月报、季报，Word，可以改"),
)


class PoolPart:
    """离校学生去向台账 on the page. ``closed``: gives the findings that people have closed, as they are now."""

    def __init__(self, desk: CountyDesk, answer: Results, closed: Callable[[], frozenset[str]]) -> None:
        self._desk, self._answer, self._closed = desk, answer, closed
        self._last: tuple[frozenset[str], Pool] | None = None

    @cached_property
    def _data(self) -> PoolData:
        return PoolData(self._answer, self._desk.store, self._desk.today)

    def now(self) -> Pool:
        """The pool as it is now, counted to the page's day."""
        closed = self._closed()
        if self._last is None or self._last[0] != closed:
            self._last = closed, self._data.pool(closed)
        return self._last[1]

    def section(self, live: bool, key: str) -> Section:
        """The table, and where the page is served its files."""
        pool, desk = self.now(), self._desk
        late = sum(child.step.late is True for child in pool.children)
        hint = (
            f"去向待核实的学生 {len(pool.children)} 人，{late} 人下一步过了期限；一人一行，几条检查查出的并在一起。"
            "劝返台账里按期办理、没有疑点的，见下面“控辍保学”。"
        )
        empty = "没有查出。没有查成的学校不等于没有。"
        form = TableForm(pool_desk.columns(pool.townships), empty=empty, waiting=pool_desk.LATE)
        parts = [
            heading("pool", "离校学生去向", hint, pool.gap),
            table(live, pool_desk.PoolTable(desk, self.now), key, form),
        ]
        if live:
            offers = [
                Offer(f"pool{n}", label, said, _exported(desk, name, partial(self._content, name)))
                for n, (name, (label, said)) in enumerate(zip(pool_files.NAMES, _OFFERS, strict=True))
            ]
            parts.append(Papers(desk, f"{key}:papers", offers))
        return Section(*parts)

    def _content(self, name: str) -> bytes:
        return pool_files.makers(self.now(), self._desk.store, LetterFacts.load())[name]()


def duties_section(desk: CountyDesk, answer: Results, live: bool, key: str) -> Section:
    """What the notice asks of every school each year, kept for every year; exported as a workbook."""
    by_year = {year: duties.of_year(desk.store, year) for year in duties.years(desk.store)}
    overview = piece("county_duties", by_year=by_year, columns=duties.RECORDED)
    if not live:
        return Section(overview)

    def content() -> bytes:
        with tempfile.TemporaryDirectory(prefix="xueji-", ignore_cleanup_errors=True) as temp:
            file = Path(temp, "责任.xlsx")
            duties_book.write(by_year, answer.as_of, file)
            return file.read_bytes()

    make = _exported(desk, "学籍管理与保密责任.xlsx", content)
    return Section(overview, Papers(desk, key, [Offer("duties", "导出责任表", "各学年一张工作表", make)]))


def _exported(desk: CountyDesk, name: str, content: Callable[[], bytes]) -> Callable[[], tuple[str, bytes]]:
    """What makes a document for download, and writes into the trail that somebody took it."""

    def make() -> tuple[str, bytes]:
        made = content()
        desk.book.log(desk.actor.name, "导出", "", {"file": name})
        return name, made

    return make
