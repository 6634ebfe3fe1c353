"""A sign-off signed with a person's own key: what nobody without the key can make, not even who works the trail out
anew."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import delete, select

from tests.casebook.conftest import DIRECTOR, INSPECTOR, Office
from tests.casebook.test_forged_package import Forger
from tests.casebook.test_package import BIG, TERM, bring, carry, decide, quick
from xueji_lib.casebook import personal_keys, signoff
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log import trail
from xueji_lib.casebook.log.book import Casebook, keep
from xueji_lib.casebook.log.events import PLAIN, Event
from xueji_lib.casebook.log.key_signatures import fingerprint
from xueji_lib.casebook.log.tables import EVENTS, TRAIL
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.cli import xueji
from xueji_lib.cli.chinese import run as command
from xueji_lib.judge import shelf
from xueji_lib.reports import verdicts
from xueji_lib.support.errors import StoreError, UsageError

__all__ = ["quick"]
pytestmark = pytest.mark.slow
PHRASE = "yao-shi-kou-ling"


class Holder:
    """A person with a key file."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name, self.file = name, folder / f"{name}.pem"
        self.public = personal_keys.make(self.file, PHRASE)

    @property
    def key(self) -> Ed25519PrivateKey:
        return personal_keys.opened(self.file, PHRASE)

    def sign(self, book: Casebook, name: str = "") -> Event:
        return personal_keys.sign(book, self.key, name, BIG, TERM)


@pytest.fixture
def url() -> str:
    return ""


@pytest.fixture
def holder(tmp_path: Path) -> Holder:
    return Holder(tmp_path, "王督查")


def test_the_file_is_its_owners_and_needs_its_passphrase(holder: Holder, tmp_path: Path) -> None:
    assert holder.file.stat().st_mode & 0o077 == 0
    assert b"ENCRYPTED" in holder.file.read_bytes()
    with pytest.raises(UsageError, match="口令不对"):
        personal_keys.opened(holder.file, "another phrase")
    with pytest.raises(UsageError, match="不覆盖"):
        personal_keys.make(holder.file, PHRASE)
    with pytest.raises(UsageError, match="至少 8 个"):
        personal_keys.make(tmp_path / "b.pem", "short")
    (tmp_path / "c.pem").write_text("no key")
    with pytest.raises(UsageError, match="不是签名钥匙"):
        personal_keys.opened(tmp_path / "c.pem", PHRASE)


def test_who_may_sign_what(office: Office, holder: Holder, tmp_path: Path) -> None:
    book = office.book
    with pytest.raises(UsageError, match="没有登记过"):
        holder.sign(book)
    personal_keys.register(book, "王督查", holder.public)
    with pytest.raises(UsageError, match="还没有签署"):
        holder.sign(book)
    signoff.step(office.desk(INSPECTOR), BIG, "sign")
    first = holder.sign(book)
    assert holder.sign(book).id == first.id, "the same again is done once"
    with pytest.raises(UsageError, match="登记的是 王督查"):
        holder.sign(book, "李督查")
    with pytest.raises(UsageError, match="已有一把"):
        personal_keys.register(book, "王督查", Holder(tmp_path, "b").public)
    with pytest.raises(UsageError, match="是 王督查 的"):
        personal_keys.register(book, "李督查", holder.public)
    signoff.step(office.desk(INSPECTOR), BIG, "reopen", "写错了")
    with pytest.raises(UsageError, match="重新打开"):
        holder.sign(book)
    signoff.step(office.desk(INSPECTOR), BIG, "sign")
    assert holder.sign(book).body["signs"] != first.body["signs"]
    personal_keys.revoke(book, "王督查", "丢失")
    with pytest.raises(UsageError, match="已经停用"):
        holder.sign(book)
    assert book.verify().broken == "", "what was signed before the key ended stands"
    assert [key.reason for key in personal_keys.keys(book)] == ["丢失"]


def test_the_paper_names_the_key(office: Office, holder: Holder) -> None:
    personal_keys.register(office.book, "王督查", holder.public)
    signoff.step(office.desk(INSPECTOR), BIG, "sign")
    holder.sign(office.book)
    answer = shelf.newest(office.store, TERM)
    assert answer is not None
    states = verdicts.of_school(office.book, answer, BIG, office.sample.AS_OF)
    assert [sign_off.text.split("（")[1] for sign_off in states.sign_offs] == [
        f"加签钥匙 {fingerprint(holder.public)}）"
    ]


def worked_out_anew(book: Casebook, changed: dict[str, Event]) -> None:
    """What somebody does who can write the database and knows the kit: other events, and a trail that fits them."""
    with book.writing() as connection:
        lines = list(trail.lines(connection))
        connection.execute(delete(EVENTS).where(EVENTS.c.id.in_(list(changed))))
        for event in changed.values():
            keep(connection, event)
        connection.execute(delete(TRAIL))
        trail_start = {"key": "trail", "value": ""}
        connection.execute(trail.META.update().where(trail.META.c.key == "trail").values(**trail_start))
        for line in lines:
            ref = changed[line.ref].id if line.ref in changed else line.ref
            trail.add(connection, line.at, line.who, line.action, line.school_id, ref, json.loads(line.detail))


def test_a_trail_worked_out_anew_is_still_seen(office: Office, holder: Holder) -> None:
    book = office.book
    personal_keys.register(book, "王督查", holder.public)
    signoff.step(office.desk(INSPECTOR), BIG, "sign", "看过")
    holder.sign(book)
    with book.reading() as connection:
        rows = connection.execute(select(EVENTS).where(EVENTS.c.kind.in_(("signoff", "key_signature")))).mappings()
        events = {str(row["kind"]): trail.as_event(row) for row in rows}
    signed, keyed = events["signoff"], events["key_signature"]
    plain = {name: getattr(signed, name) for name in PLAIN}
    forged = Event(**plain, parents=signed.parents, body={**signed.body, "note": "没有看"})
    worked_out_anew(book, {signed.id: forged})
    assert "对不上" in book.verify().broken, "the sign-off that was signed is gone"
    again = Event(
        **{name: getattr(keyed, name) for name in PLAIN}, parents=keyed.parents, body={**keyed.body, "signs": forged.id}
    )
    worked_out_anew(book, {keyed.id: again})
    assert "签名不是这把钥匙签的" in book.verify().broken


def test_it_comes_back_with_a_package_and_a_forged_one_does_not(office: Office, holder: Holder, tmp_path: Path) -> None:
    out = carry(Workplace(office.store), tmp_path / "带出.xjpack")
    laptop_root = tmp_path / "laptop"
    bring(laptop_root, out)
    decide(laptop_root, INSPECTOR, 0, "不属实")
    laptop = Workplace.open(laptop_root)
    with laptop.open_casebook() as book:
        signoff.step(Desk(book, laptop.store, INSPECTOR, TERM, office.sample.AS_OF), BIG, "sign")
        event = holder.sign(book, "王督查")
    back = carry(laptop, tmp_path / "带回.xjpack")
    for number, body in enumerate(({"signature": "0" * 128}, {"signs": "0" * 32})):
        forger = Forger(back, tmp_path / f"f{number}")
        line = next(line for line in forger.events if line["kind"] == "key_signature")
        forger.events.remove(line)
        changed = {**line["body"], **body}
        forger.append(line | {"body": changed, "subject": f"{TERM}/{BIG}/key/{changed['signs']}"})
        with pytest.raises(StoreError, match="钥匙"):
            bring(office.store.root, forger.sealed(tmp_path / f"坏{number}.xjpack"))
    merged = bring(office.store.root, back)
    assert merged.new["key_signature"] == 1
    assert any("钥匙加签 1 条" in line for line in merged.lines())
    assert office.book.verify().broken == ""
    personal_keys.register(office.book, DIRECTOR.name, str(event.body["public"]))
    assert "钥匙登记的是 周局长" in office.book.verify().broken


def test_by_command_from_the_key_to_the_check(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(*line: str, status: int = 0) -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{PHRASE}\n"))
        assert command(xueji, ["--store", str(office.store.root), *line]) == status
        captured = capsys.readouterr()
        return captured.out + captured.err

    file, signing = str(tmp_path / "我的钥匙.pem"), ["key", "sign", BIG, "--term", TERM, "--key"]
    made = said("key", "new", file, "--password-stdin")
    public = re.findall("[0-9a-f]{64}", made)[0]
    signoff.step(office.desk(INSPECTOR), BIG, "sign")
    assert "没有登记过" in said(*signing, file, "--password-stdin", status=2)
    said(*signing, file, "--name", "王督查", "--password-stdin")
    assert "签名都对得上；王督查 的钥匙没有登记过，不能说明是本人" in said("verify")
    said("key", "add", "王督查", public)
    assert f"王督查  指纹 {fingerprint(public)}" in said("key", "list")
    assert "用钥匙加签的签署 1 次，签名都对得上\n" in said("verify")
    said("key", "revoke", "王督查", "--reason", "调离")
    assert "已停用（调离）" in said("key", "list")
    assert "台账完整" in said("verify")
