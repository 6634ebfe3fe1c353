"""A school's files on the principal's page: documents made when they are downloaded, and files handed in."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from xueji_lib.casebook import letter_corrections, replies
from xueji_lib.intake import difference, handover, selfcheck
from xueji_lib.judge import results
from xueji_lib.register import labels
from xueji_lib.register.calendar import Calendar
from xueji_lib.register.inspection import Inspection
from xueji_lib.register.schema import TABLES
from xueji_lib.reports import deliverables, verdicts
from xueji_lib.reports.letters import made_letters
from xueji_lib.reports.letters.kinds import CORRECTION, RECTIFY
from xueji_lib.reports.office_facts import LetterFacts
from xueji_lib.reports.workbooks import ledgers
from xueji_lib.support.errors import UsageError
from xueji_lib.web.pages.plain_words import for_school
from xueji_lib.web.panels.papers import Offer, Received
from xueji_lib.web.shared.school_desk import SchoolDesk

_LINES: Final = 30
_OFFERED: Final = {
    "findings.xlsx": ("问题台账", "本校全部疑点；反馈栏可以填，填好在下面交回"),
    "附件1.xlsx": ("附件1", "人籍不一致统计表，按核对结果填好，核对后签字盖章"),
    "限期整改通知书.docx": ("限期整改通知书", "已认定属实的问题和期限"),
    "保密承诺书.docx": ("保密承诺书", "学校和学籍管理员每学年签订"),
}


@dataclass(frozen=True)
class SchoolPapers:
    """``incoming``: the county's queue of files handed in. ``answer``, ``school``: the newest results, None where there
    are none. ``school_name`` returns what begins the name of a downloaded file."""

    desk: SchoolDesk
    incoming: Path
    answer: results.Results | None
    school: results.School | None
    school_name: Callable[[], str]

    def offers(self) -> list[Offer]:
        """The documents to download; without results only the headcount sheet."""
        offers = [
            Offer("headcount", "逐班核对表", "按班填好了名单，交给班主任点名", self._download(self._headcount)),
            Offer("blank", "空白表册", f"{len(TABLES)} 张空白表，带填写说明，一个压缩包", self._download(_blank_forms)),
        ]
        if self.school is not None:
            offered = dict(_OFFERED)
            known = list(self.desk.cases().values())
            if any(not item.sent for item in letter_corrections.of_school(self.desk.book, self.desk.school_id, known)):
                offered[CORRECTION.file] = (CORRECTION.name, "以前的文书里写过、现在不再认定属实的问题")
            offers += [Offer(name, label, hint, self._deliverable(name)) for name, (label, hint) in offered.items()]
        return offers

    def _headcount(self, folder: Path) -> Path:
        return ledgers.write_headcount(folder, self.desk.store, self.desk.term, self.desk.school_id)

    def _deliverable(self, name: str) -> Callable[[], tuple[str, bytes]]:
        def write(folder: Path) -> Path:
            if self.answer is None or self.school is None:
                raise UsageError("本学期还没有核查结果")
            states = verdicts.of_school(self.desk.book, self.answer, self.desk.school_id, self.desk.today)
            deliverables.write_school(self.school, LetterFacts.load(), folder, states)
            if name == RECTIFY.file:
                made = made_letters.demands(self.school, states)
                letter_corrections.remember(self.desk.book, self.desk.actor, self.answer.term_id, made)
            if not (folder / name).is_file():
                raise UsageError("没有要更正的了")
            return folder / name

        return self._download(write)

    def _download(self, write: Callable[[Path], Path]) -> Callable[[], tuple[str, bytes]]:
        """A function that writes the document, notes the download in the trail, and returns file name and bytes."""

        def make() -> tuple[str, bytes]:
            with tempfile.TemporaryDirectory(prefix="xueji-", ignore_cleanup_errors=True) as temp:
                file = write(Path(temp))
                content = file.read_bytes()
            name = "问题台账.xlsx" if file.name == "findings.xlsx" else file.name
            desk = self.desk
            desk.book.log(desk.actor.name, "下载", desk.school_id, {"file": name})
            return f"{self.school_name()}-{name}", content

        return make

    def receive(self, name: str, content: bytes) -> Received:
        """Check a file that was handed in: replies are entered in the casebook, tables go into the county's queue."""
        desk = self.desk
        examined = self._examined(name, content)
        lines, message = list(examined.lines), ""
        if examined.replies is not None:
            applied = replies.apply(desk, desk.school_id, examined.replies)
            message = f"{examined.file.name}：报了 {applied.reported} 条整改。"
            lines = [*applied.skipped, *lines]
        if set(examined.tables) - {handover.REPLIES}:
            handed = handover.hand_in(self.incoming, examined, desk.actor.name, desk.now())
            desk.book.log(
                desk.actor.name, "上交表册", desk.school_id, {"sha256": handed.sha256, "tables": dict(handed.tables)}
            )
            message += f"{examined.file.name} 收下了：{handed.said}。县教育体育局导入后，下次核查计入。"
        return self._received(message, lines)

    def difference(self, name: str, content: bytes) -> Received | None:
        """What the file would change if the county took it in; None for one that brings no tables. Raises UsageError
        as ``receive`` does."""
        desk = self.desk
        examined = self._examined(name, content)
        if not set(examined.tables) - {handover.REPLIES}:
            return None
        as_of = self.answer.as_of if self.answer is not None else desk.today
        changes = difference.lines(desk.store, examined.file, Inspection(desk.term, as_of), Calendar.load(), apart=True)
        message = f"{examined.file.name} 还没有交。先看与现有的差异（现在 → 导入以后），没有错再交："
        return self._received(message, [*changes, *examined.lines])

    def selfcheck(self, name: str, content: bytes) -> Received:
        """What would be asked if the file were handed in. Nothing is kept of it, not even that it was looked at."""
        desk = self.desk
        file = handover.SchoolFile(desk.school_id, desk.term, name, content)
        result = selfcheck.of_file(desk.store, file, Inspection(desk.term, desk.today), Calendar.load())
        wrong = sum(problem.left_out for problem in result.report.problems)
        to_mend = f"，{wrong} 处没有收下或认不出" if wrong else ""
        message = f"{name} 自查过了{to_mend}；连同已交的表，会问到 {len(result.findings)} 条。没有交，也没有存。"
        return self._received(message, selfcheck.page_lines(result, _LINES))

    def _received(self, message: str, lines: Iterable[str]) -> Received:
        listed = tuple(handed_in(self.incoming, self.desk.school_id))
        return Received(for_school(message), tuple(map(for_school, lines)), listed)

    def _examined(self, name: str, content: bytes) -> handover.Examined:
        desk = self.desk
        file = handover.SchoolFile(desk.school_id, desk.term, name, content)
        try:
            return handover.examine(desk.store, file, Calendar.load())
        except UsageError as error:
            raise UsageError(for_school(str(error))) from None


def _blank_forms(folder: Path) -> Path:
    """A zip of the blank forms of all tables; the same every time."""
    archive = folder / "空白表册.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in ledgers.write_blank(folder):
            packed.writestr(zipfile.ZipInfo(file.name), file.read_bytes())
    return archive


def handed_in(incoming: Path, school_id: str) -> list[dict[str, str]]:
    """The files that the school handed in, as the page lists them: name, said, at, state, note."""
    return [
        {
            "name": handed.name,
            "said": handed.said,
            "at": labels.moment(handed.at),
            "state": handed.state,
            "note": handed.note,
        }
        for handed in handover.queue(incoming, school_id)
    ]
