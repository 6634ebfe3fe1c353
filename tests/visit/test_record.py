"""现场检查记录: what was done at the school, what was not, and a check value that ties paper and trail together."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator, Mapping
from dataclasses import replace

import docx
import pytest
from PIL import Image

from tests.casebook.test_evidence import PDF
from tests.casebook.test_record_signing import drawing
from tests.stored_county import lay
from xueji_lib.casebook import cases, evidence, on_site_answers, on_site_findings, record_signing, rollcall, signoff
from xueji_lib.casebook.carry import event_shape
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.log.events import Actor
from xueji_lib.casebook.on_site_answers import Tick
from xueji_lib.casebook.on_site_findings import OfSchool, OnSiteFinding
from xueji_lib.casebook.record_signing import DRAWN, REFUSED, Signing
from xueji_lib.casebook.roster import SchoolClass, students
from xueji_lib.register import catalogue
from xueji_lib.register.sampling import sampling
from xueji_lib.register.vocabulary import Situation
from xueji_lib.reports import visit_papers
from xueji_lib.visit import left_open, sample_check, sample_draw, signed_record, visit_record
from xueji_lib.visit.frame import frame_of

pytestmark = pytest.mark.slow  # a random county is laid into a store

QUESTIONS = catalogue.load().questions
IDS = [question.id for question in QUESTIONS]
CLASSES = next(question for question in QUESTIONS if question.id == "S201")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    store, first = lay(tmp_path_factory.mktemp("县"), 4, 3)
    today = first.term.start + dt.timedelta(days=40)
    moment = dt.datetime(today.year, today.month, today.day, 2, tzinfo=dt.UTC)
    with Casebook.open(store, clock=lambda: moment) as book:
        yield Desk(book, store, Actor("王督查", "inspector"), first.term.id, today)


def letter(desk: Desk, school: str) -> tuple[Mapping[str, object], bytes]:
    made = visit_papers.make_record(desk, school, QUESTIONS)
    return made.told, made.content


def test_a_record_says_what_was_done_and_what_was_not(desk: Desk) -> None:
    school = desk.store.schools(desk.term, "register")[0]
    assert visit_record.of_visit(desk.book, school, desk.term, QUESTIONS, desk.today) is None
    sample = sample_draw.take(desk, school, CLASSES, "7")
    drawn = SchoolClass(school, sample.items[0]["grade"], sample.items[0]["class_no"])
    first = next(s for s in students(desk.book, desk.store, desk.term, drawn) if s.registered)
    note = "家长电话 13995012345"
    rollcall.save(desk, drawn, rollcall.Attendance(desk.today, {first.ref: Situation.OUT_OF_REACH}, [], note))
    on_site_answers.answer(desk, school, Tick("S102", "不符合", "没有班主任签字"), questions=IDS)
    told, content = letter(desk, school)
    letter(desk, school)
    (noted,) = desk.book.events(school, desk.term, ("record",))
    assert noted.body["check_value"] == told["记录校验值"], "a package takes it along"
    assert event_shape.fault(noted, {school}) == ""
    again, same = letter(desk, school)
    assert (told, content) == (again, same), "the same bytes"
    document = docx.Document(io.BytesIO(content))
    text = "\n".join([p.text for p in document.paragraphs] + [c.text for t in document.tables for c in t._cells])
    assert f"{first.name}（疑似辍学无法联系）" in text and f"{drawn.place}（抽签）" in text
    assert "没有班主任签字" in text and f"{len(IDS) - 1} 问没有填" in text and "没有填不等于符合" in text
    assert "13995012345" not in text and "学校陈述意见" in text and "没有列入督查方案" in text
    assert str(told["记录校验值"]) in text and "王督查" in text


def test_the_check_value_changes_with_what_the_record_says(desk: Desk) -> None:
    school = desk.store.schools(desk.term, "register")[1]
    on_site_answers.answer(desk, school, Tick("S102", "符合"), questions=IDS)
    before, _ = letter(desk, school)
    assert desk.book.line_with(str(before["留痕"])[-16:]) > 0, "the paper names a line of the trail"
    on_site_answers.answer(desk, school, Tick("S102", "不符合", "后来改的"), questions=IDS)
    after, _ = letter(desk, school)
    assert before["记录校验值"] != after["记录校验值"] and before["留痕"] != after["留痕"]
    assert not desk.book.verify().broken


def photo(colour: str, size: tuple[int, int] = (2400, 1600)) -> bytes:
    noisy = Image.effect_noise(size, 60).convert("RGB")
    image = Image.blend(noisy, Image.new("RGB", size, colour), 0.5)
    taken = Image.Exif()
    taken[0x0132] = "2026:10:11 10:32:05"
    out = io.BytesIO()
    image.save(out, "JPEG", quality=95, exif=taken)
    return out.getvalue()


def signed(desk: Desk, school: str) -> list[str]:
    record = visit_record.of_visit(desk.book, school, desk.term, QUESTIONS, desk.today)
    assert record is not None
    return [line.state for line in signed_record.signers(desk.book, record)]


def test_photos_words_and_signatures_are_in_the_record_and_void_when_it_changes(desk: Desk) -> None:
    school = desk.store.schools(desk.term, "register")[2]
    on_site_answers.answer(desk, school, Tick("S102", "不符合", "没有班主任签字"), questions=IDS)
    about = f"answer/{desk.term}/{school}/S102"
    for colour in ("red", "green", "blue"):
        evidence.attach(desk, school, about, f"{colour}.jpg", photo(colour))
    evidence.attach(desk, school, about, "台账.pdf", PDF)
    record_signing.state(desk, school, record_signing.OBJECTS, "当天春游，家长知情")
    value = str(letter(desk, school)[0]["记录校验值"])
    for signer, name in (("检查人员", "王强"), ("检查人员", "李敏"), ("学籍管理员", "马秀兰")):
        record_signing.sign(desk, school, Signing(signer, name, DRAWN, value, drawing=drawing()))
    record_signing.sign(desk, school, Signing("学校负责人", "张建国", REFUSED, value, "不认可，在场人李敏"))
    told, content = letter(desk, school)
    assert told["记录校验值"] == value, "signing changes nothing of what is signed"
    assert content == letter(desk, school)[1] and len(content) < 1_000_000
    document = docx.Document(io.BytesIO(content))
    text = "\n".join([p.text for p in document.paragraphs] + [c.text for t in document.tables for c in t._cells])
    assert "☑ 有异议（写明）：当天春游，家长知情" in text and "□ 以上记录没有异议" in text
    assert "拒绝签字：不认可，在场人李敏" in text and "另有 1 个文件没有印在这里" in text and "台账.pdf" in text
    assert text.count("拍摄 2026-10-11 10:32") == 3 and "图3　S102" in text
    pictures = [part for part in document.part.package.iter_parts() if part.partname.startswith("/word/media/")]
    assert sorted(part.content_type for part in pictures) == ["image/jpeg"] * 3 + ["image/png"]
    assert all(b"Exif" not in part.blob for part in pictures)
    assert signed(desk, school) == [DRAWN, DRAWN, REFUSED, DRAWN]

    on_site_answers.answer(desk, school, Tick("S103", "符合"), questions=IDS)
    assert set(signed(desk, school)) == {signed_record.VOID}, "what they signed is not what it says now"
    told, content = letter(desk, school)
    assert told["记录校验值"] != value and "已作废，须重签" in str(told["签字说明"])
    assert not [row for row in told["签字"] if row["图"]], "no old signature under a new text"  # type: ignore[attr-defined]
    assert not desk.book.verify().broken


def test_a_signature_covers_findings_and_ticks_and_outlives_the_sign_off(desk: Desk) -> None:
    asked = next(question for question in QUESTIONS if question.id == "S101")
    assert asked.sample is not None
    schools = desk.store.schools(desk.term, "register")
    sampled = sampling(asked.id, asked.sample)
    school = max(schools, key=lambda s: len(frame_of(desk.store, desk.term, s, sampled).candidates))
    sample = sample_draw.take(desk, school, asked, "7")
    drawn = sample.items[0]
    sample_check.tick(desk, school, asked.id, drawn, (sample_check.DIFFERS, "审批表没有签署日期"), ())
    written = OnSiteFinding("S700", "档案堆在走廊", "柜子没有锁", "一般", "三(四)7")
    finding = on_site_findings.record(desk, OfSchool(school, "某校", "2020-154"), written, ())

    def drawn_signature() -> str:
        value = str(letter(desk, school)[0]["记录校验值"])
        signing = Signing("检查人员", "王强", DRAWN, value, drawing=drawing())
        before = [one for one in record_signing.signatures(desk.book, school, desk.term) if one.name == "王强"]
        record_signing.sign(desk, school, signing, before[0].seen if before else None)
        return signed(desk, school)[0]

    assert drawn_signature() == DRAWN
    seen = on_site_findings.of_school(desk.book, school, desk.term)[0].seen
    otherwise = replace(written, what="柜子没有锁，门也开着")
    on_site_findings.change(desk, school, finding, otherwise, seen=seen)
    assert signed(desk, school)[0] == signed_record.VOID, "the words of a finding are signed"
    assert drawn_signature() == DRAWN
    check = sample_check.of_school(desk.book, school, desk.term)[asked.id, sample_check.item_key(drawn)]
    sample_check.tick(desk, school, asked.id, drawn, (sample_check.MATCHES, ""), check.seen)
    assert signed(desk, school)[0] == signed_record.VOID, "so is every tick"
    assert drawn_signature() == DRAWN

    known = cases.of_school(desk.book, school, desk.today)
    left = left_open.of_school(desk, school, QUESTIONS, known)
    signoff.step(desk, school, "sign", left=left.plain())
    assert signed(desk, school)[0] == DRAWN, "the sign-off comes after the signatures"
    document = docx.Document(io.BytesIO(letter(desk, school)[1]))
    text = "\n".join([p.text for p in document.paragraphs] + [c.text for t in document.tables for c in t._cells])
    assert f"{sample_check.MATCHES}：{drawn['name']}" in text and "门也开着" in text and "没有核对：" in text
    assert "签署时还没有做的" in text and "签署时：没有填的" in text
    signoff.step(desk, school, "reopen", "补填")
    assert not letter(desk, school)[0]["签署时"], "opened again, it says nothing any more"
