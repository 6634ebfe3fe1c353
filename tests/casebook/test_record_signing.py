"""Who signed 现场检查记录: drawings kept as pictures of their own, nothing else; carried in packages; refused where no
page would take them."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, PngImagePlugin

from tests.casebook.conftest import INSPECTOR, Office
from tests.casebook.test_package import BIG, TERM, bring, carry, quick
from xueji_lib.casebook import evidence, record_signing, signature_image
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.book import Casebook, Conflict
from xueji_lib.casebook.log.events import Actor
from xueji_lib.casebook.record_signing import DRAWN, HEAD, ON_PAPER, REFUSED, Signing
from xueji_lib.casebook.record_signing import INSPECTOR as INSPECTS
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.store import Store
from xueji_lib.support.errors import StoreError, UsageError

__all__ = ["quick"]
pytestmark = pytest.mark.slow

OF = "0123456789abcdef"


@pytest.fixture
def url() -> str:
    return ""


def drawing(text: str = "", size: tuple[int, int] = (720, 240)) -> bytes:
    """A stroke on a transparent ground, as a browser's canvas gives it; ``text``: written into the file beside it."""
    image = Image.new("RGBA", size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    pen.line([(100, 60), (300, 180), (500, 70)], fill=(0, 0, 0, 255), width=5)
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", text)
    out = io.BytesIO()
    image.save(out, "PNG", pnginfo=told if text else None)
    return out.getvalue()


def blank() -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (720, 240), "white").save(out, "PNG")
    return out.getvalue()


def test_a_drawing_is_kept_as_a_small_picture_and_nothing_else() -> None:
    kept = signature_image.as_kept(drawing("柳树村三组17号"))
    assert kept == signature_image.as_kept(drawing()), "the same strokes, the same bytes"
    assert len(kept) < 5000 and "柳树村".encode() not in kept
    with Image.open(io.BytesIO(kept)) as image:
        assert image.width <= 600 and image.height <= 240 and image.text == {}
    wrong = (blank(), b"", b"<svg/>", drawing()[:90], b"\xff\xd8\xff\xe0" + bytes(99), drawing(size=(4000, 4000)))
    for sent in wrong:
        with pytest.raises(UsageError):
            signature_image.as_kept(sent)


def test_a_signature_stands_in_the_trail_and_its_picture_is_watched(office: Office) -> None:
    desk = office.desk(INSPECTOR)
    record_signing.sign(desk, BIG, Signing(INSPECTS, "王强", DRAWN, OF, drawing=drawing()), ())
    record_signing.sign(desk, BIG, Signing(HEAD, "张建国", REFUSED, OF, "不认可点名结果，在场人李敏 13995012345"), ())
    with pytest.raises(Conflict):
        record_signing.sign(desk, BIG, Signing(HEAD, "张建国", ON_PAPER, OF), ())
    inspector, head = record_signing.signatures(office.book, BIG, TERM)
    assert (inspector.name, inspector.way, inspector.of) == ("王强", DRAWN, OF)
    assert (head.way, head.sha256) == (REFUSED, "") and "13995012345" not in head.note
    record_signing.sign(desk, BIG, Signing(HEAD, "马云", ON_PAPER, OF), head.seen)
    assert [one.name for one in record_signing.signatures(office.book, BIG, TERM)] == ["王强", "马云"]
    assert office.book.verify().broken == ""
    evidence.path(office.book, inspector.sha256).write_bytes(b"x")
    assert "王强" in office.book.verify().broken, "a picture put in its place"


@pytest.mark.parametrize(
    "signing",
    [
        Signing(INSPECTS, "王强", REFUSED, OF, "不想签"), Signing(HEAD, "张建国", REFUSED, OF, " "),
        Signing(HEAD, "张建国", DRAWN, OF), Signing(HEAD, "张建国", ON_PAPER, OF, drawing=b"x"),
        Signing("家长", "张建国", ON_PAPER, OF), Signing(HEAD, "", ON_PAPER, OF),
        Signing(HEAD, "张" * 31, ON_PAPER, OF),
        Signing(HEAD, "640422201503120017", ON_PAPER, OF), Signing(INSPECTS, "../王强", ON_PAPER, OF),
        Signing(HEAD, "张建国", "按手印", OF),
    ],
)  # fmt: skip
def test_what_is_no_signature_is_refused(office: Office, signing: Signing) -> None:
    with pytest.raises(UsageError):
        record_signing.sign(office.desk(INSPECTOR), BIG, signing, ())
    principal = Actor("张校长", "principal", BIG)
    with pytest.raises(UsageError):
        record_signing.sign(office.desk(principal), BIG, Signing(HEAD, "张建国", ON_PAPER, OF), ())
    assert record_signing.signatures(office.book, BIG, TERM) == []


def test_the_school_s_word_is_taken_down_while_the_school_is_open(office: Office) -> None:
    desk = office.desk(INSPECTOR)
    with pytest.raises(UsageError, match="写明"):
        record_signing.state(desk, BIG, record_signing.OBJECTS, " ")
    record_signing.state(desk, BIG, record_signing.OBJECTS, "三年级1班当天春游", ())
    said = record_signing.statement(office.book, BIG, TERM)
    assert (said.value, said.note) == (record_signing.OBJECTS, "三年级1班当天春游")


def test_a_package_takes_signatures_and_their_pictures_along(office: Office, tmp_path: Path) -> None:
    bring(tmp_path / "laptop", carry(Workplace(office.store), tmp_path / "带出.xjpack"))
    laptop = Workplace.open(tmp_path / "laptop")
    with laptop.open_casebook() as book:
        desk = Desk(book, laptop.store, INSPECTOR, TERM, office.desk(INSPECTOR).today)
        record_signing.state(desk, BIG, record_signing.AGREES, "", ())
        record_signing.sign(desk, BIG, Signing(HEAD, "张建国", DRAWN, OF, drawing=drawing()), ())
    merged = bring(office.store.root, carry(laptop, tmp_path / "带回.xjpack"))
    assert merged.new == {"statement": 1, "signature": 1} and "签字 1 条" in merged.lines()[0]
    with Casebook.open(Store.open(office.store.root)) as book:
        (head,) = record_signing.signatures(book, BIG, TERM)
        assert evidence.kept(book, head.sha256) == signature_image.as_kept(drawing())
        assert book.verify().broken == ""
        evidence.path(book, head.sha256).unlink()
        with pytest.raises(StoreError, match="不在了"):
            evidence.kept(book, head.sha256)
