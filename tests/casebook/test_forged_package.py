"""A package written by somebody who knows its password and the kit: whatever no person could have done at a page is
refused as a whole, in a sentence, and nothing is changed. Honest oddities are taken and marked."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from tests.casebook.conftest import DIRECTOR, INSPECTOR, Office
from tests.casebook.test_evidence import PDF, picture
from tests.casebook.test_package import BIG, CLEAN, TERM, TODAY, WORD, bring, carry, decide, quick
from xueji_lib.casebook import cases, evidence
from xueji_lib.casebook.access.accounts import Accounts
from xueji_lib.casebook.carry.merge import Acceptance, merge
from xueji_lib.casebook.carry.opened import unpack
from xueji_lib.casebook.carry.sealed import Sealed, seal, unseal
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log import trail
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.log.events import PLAIN, Event, digest
from xueji_lib.casebook.log.tables import EVENTS, FILES, FORMER_IDS, SIGHTINGS, TRAIL
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.store import Store
from xueji_lib.support.errors import StoreError

__all__ = ["quick"]
AT: Final = "2026-11-24T08:00:00.000000+00:00"
OTHER: Final = "2164000004"
PICTURE: Final = picture("PNG", "black")


@pytest.fixture
def url() -> str:
    return ""


class Forger:
    """Has a laptop's package laid open, may change all of it, and seals it again."""

    def __init__(self, package: Path, folder: Path) -> None:
        self.folder = folder
        unpack(Sealed(package, WORD), folder)
        self.events = self._read("events")
        self.sightings = self._read("sightings")
        self.manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        self.former: Any = {}
        self.more: dict[str, bytes] = {}
        self.last_line = ""
        self.others: list[str] = []
        self.decided = next(e for e in self.events if e["kind"] == "finding" and e["body"]["to"] == "不属实")
        self.untouched = next(
            s["finding_id"] for s in self.sightings if s["finding_id"] not in {e["subject"] for e in self.events}
        )

    def _read(self, name: str) -> list[dict[str, Any]]:
        return [
            json.loads(line)
            for line in (self.folder / "casebook" / f"{name}.jsonl").read_text("utf-8").split("\n")
            if line
        ]

    def add(self, body: dict[str, Any], **fields: Any) -> None:
        """An event of the forger's, with the id that its content has."""
        plain = {
            "kind": "finding", "subject": self.untouched, "school_id": BIG, "term": TERM, "who": "王督查",
            "role": "inspector", "at": AT, "parents": [],
        }  # fmt: skip
        before = {"from": "疑点"} if fields.get("kind", "finding") == "finding" else {}
        self.append(plain | fields | {"body": before | body})

    def append(self, line: dict[str, Any]) -> None:
        made = Event(**{name: line[name] for name in PLAIN}, parents=tuple(line["parents"]), body=line["body"])
        self.events.append(line | {"id": made.id})

    def change(self, **fields: Any) -> None:
        """The laptop's own decision, otherwise, with the id that this has."""
        self.events.remove(self.decided)
        self.append(self.decided | fields)

    def sealed(self, target: Path) -> Path:
        casebook = self.folder / "casebook"
        for name, rows in (("events", self.events), ("sightings", self.sightings)):
            lines = [*map(json.dumps, rows), *([self.last_line] if self.last_line else [])]
            (casebook / f"{name}.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
        (casebook / "former_ids.json").write_text(json.dumps(self.former), "utf-8")
        (self.folder / "manifest.json").write_text(json.dumps(self.manifest), "utf-8")
        plain = target.with_suffix(".zip")
        with zipfile.ZipFile(plain, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(path for path in self.folder.rglob("*") if path.is_file()):
                archive.write(file, file.relative_to(self.folder).as_posix())
            for name, content in self.more.items():
                archive.writestr(name, content)
        seal(plain, target, WORD)
        return target


Attack = Callable[[Forger], Any]


def _sign(f: Forger, step: str, note: str = "", **fields: Any) -> None:
    body = {"step": step, "note": note, "of": "0" * 64}
    f.add(body, kind="signoff", subject=f"{TERM}/{BIG}", **fields)


def _evidence(f: Forger, content: bytes, media: str = "application/pdf", **body: Any) -> None:
    sha256 = hashlib.sha256(content).hexdigest()
    (f.folder / "casebook" / "files" / sha256).write_bytes(content)
    about = body.pop("about", f"finding/{f.untouched}")
    said = {"about": about, "sha256": sha256, "media": media, "size": len(content), "name": "证据.pdf"} | body
    f.add(said, kind="evidence", subject=f"{about}#{sha256[:32]}")


def _signature(f: Forger, content: bytes = PICTURE, about: str = "", **said: Any) -> None:
    fields = {name: said.pop(name) for name in ("role", "who") if name in said}
    body = {"signer": "学校负责人", "name": "张建国", "way": "手写签名", "note": "", "of": "0" * 16} | said
    if content:
        sha256 = hashlib.sha256(content).hexdigest()
        (f.folder / "casebook" / "files" / sha256).write_bytes(content)
        body = {"sha256": sha256, "media": "image/png", "size": len(content)} | body
    f.add(body, kind="signature", subject=about or f"{TERM}/{BIG}/signature/{body['signer']}", **fields)


def _sighting(f: Forger, **changed: Any) -> None:
    f.sightings[0] = f.sightings[0] | changed


def _in_finding(f: Forger, **changed: Any) -> None:
    finding = json.loads(f.sightings[0]["finding"]) | changed
    _sighting(f, finding=json.dumps(finding), evidence=digest(finding["evidence"]))


ANSWER: Final = {"question": "S101", "value": "符合", "note": ""}
ROLL: Final = {"grade": 1, "class_no": 1, "day": "2026-11-20", "note": "", "absent": [], "present": [], "extra": []}
ATTACKS: Final[dict[str, Attack]] = {
    # Form.
    "kind": lambda f: f.add({"to": "属实"}, kind="verdict"),
    "role": lambda f: f.add({"to": "属实"}, role="admin"),
    "no name": lambda f: f.add({"to": "属实"}, who=""),
    "long name": lambda f: f.add({"to": "属实"}, who="王" * 101),
    "name with a line break": lambda f: f.add({"to": "属实"}, who="王\x00督查"),
    "term": lambda f: f.add({"to": "属实"}, term="2026"),
    "time": lambda f: f.add({"to": "属实"}, at="昨天"),
    "time of another zone": lambda f: f.add({"to": "属实"}, at="2026-11-24T08:00:00.000000+08:00"),
    "time after which none can be": lambda f: f.add({"to": "属实"}, at="9999-12-31T23:59:59.999999+00:00"),
    "parents that are no ids": lambda f: f.add({"to": "属实"}, parents=["x"]),
    "parents that nobody has": lambda f: f.add({"to": "属实"}, parents=["0" * 32]),
    "unknown state": lambda f: f.add({"to": "结案"}),
    "unknown field": lambda f: f.add({"to": "属实", "run": "rm -rf"}),
    "nothing said": lambda f: f.append({**f.decided, "body": {}}),
    "note that is a list": lambda f: f.add({"to": "不属实", "note": ["x"]}),
    "note without end": lambda f: f.add({"to": "不属实", "note": "x" * 3000}),
    "note of half a character": lambda f: f.events.append(f.decided | {"subject": "\ud800"}),
    "date that is none": lambda f: f.add({"to": "已通知", "due": "2026-13-01"}),
    "id of another event": lambda f: f.events.append({**f.decided, "who": "李督查"}),
    "record that is no object": lambda f: f.events.append([]),  # type: ignore[arg-type]
    "record that lacks fields": lambda f: f.events.append({"id": "0" * 32}),
    "infinity": lambda f: f.events.append({"id": "x", "body": float("inf")}),
    "nested without end": lambda f: setattr(f, "last_line", "[" * 100_000),
    "a line that is none": lambda f: setattr(f, "last_line", "{"),
    # Whose, and about what.
    "another school's": lambda f: f.add({"to": "属实"}, school_id=OTHER),
    "a finding that nobody made": lambda f: f.add({"to": "属实"}, subject="R101-0123456789abcdef"),
    "subject that is no id": lambda f: f.add({"to": "属实"}, subject="../../x"),
    "answer under another school": lambda f: f.add(ANSWER, kind="answer", subject=f"{TERM}/{OTHER}/S101"),
    "answer to another question": lambda f: f.add(ANSWER, kind="answer", subject=f"{TERM}/{BIG}/S102"),
    "answer that is none": lambda f: f.add(ANSWER | {"value": "好"}, kind="answer", subject=f"{TERM}/{BIG}/S101"),
    "roll-call of another day": lambda f: f.add(ROLL, kind="rollcall", subject=f"{TERM}/{BIG}/1/1/2026-11-21"),
    "roll-call by nobody": lambda f: f.add(
        ROLL | {"present": [{"name": "甲", "rights": "all"}]}, kind="rollcall", subject=f"{TERM}/{BIG}/1/1/2026-11-20"
    ),
    "letter of another kind": lambda f: f.add(
        {"letter": "命令", "day": "2026-11-20", "number": "", "findings": []}, kind="letter",
        subject=f"{TERM}/{BIG}/命令",
    ),
    # Who may.
    "principal confirms": lambda f: f.add({"to": "属实"}, role="principal", who="甲校长"),
    "principal calls the roll": lambda f: f.add(
        ROLL, kind="rollcall", subject=f"{TERM}/{BIG}/1/1/2026-11-20", role="principal"
    ),
    "principal answers": lambda f: f.add(ANSWER, kind="answer", subject=f"{TERM}/{BIG}/S101", role="principal"),
    "inspector decides a measure": lambda f: f.add(
        {"decision": "暂不处理", "suggested": "", "note": ""}, kind="measure", subject=f"{TERM}/{BIG}"
    ),
    "director whom the office does not know": lambda f: f.add({"to": "属实"}, role="director", who="马局长"),
    "inspector as director": lambda f: f.add({"to": "属实"}, role="director", who="王督查"),
    "director as principal": lambda f: f.add({"to": "学校已报整改"}, role="principal", who="周局长"),
    "inspector countersigns": lambda f: _sign(f, "countersign"),
    "countersigned without a signature": lambda f: _sign(f, "countersign", role="director", who="周局长"),
    "opened again what was not signed": lambda f: _sign(f, "reopen", "有误"),
    # After what.
    "closed at once": lambda f: f.add({"to": "复核销号", "note": "好了", "from": "疑点"}),
    "closed without saying from what": lambda f: f.append(
        {**f.decided, "body": {"to": "复核销号", "note": "好了"}, "subject": f.untouched}
    ),
    "closed from nowhere": lambda f: f.add({"to": "复核销号", "note": "好了", "from": "学校已报整改"}),
    "confirmed without a word after it was refuted": lambda f: f.add(
        {"to": "属实", "from": "不属实"}, subject=f.decided["subject"], parents=[f.decided["id"]]
    ),
    "refuted without a reason": lambda f: f.add({"to": "不属实"}),
    "exempt without an approver": lambda f: f.add(
        {"to": "豁免", "note": "特批", "reason": "其他", "until": "2027-01-01"}
    ),
    "after another finding's decision": lambda f: f.add({"to": "属实"}, parents=[f.decided["id"]]),
    "before what it follows": lambda f: f.add(
        {"to": "属实", "note": "重新看过", "from": "不属实"}, subject=f.decided["subject"], parents=[f.decided["id"]],
        at="2026-01-01T00:00:00.000000+00:00",
    ),
    "undone by another": lambda f: f.add(
        {"to": "疑点", "undoes": f.decided["id"], "from": "不属实"}, subject=f.decided["subject"],
        parents=[f.decided["id"]], who="李督查",
    ),
    "undone into something else": lambda f: f.add(
        {"to": "属实", "undoes": f.decided["id"], "from": "不属实"}, subject=f.decided["subject"],
        parents=[f.decided["id"]],
    ),
    "decision turned round": lambda f: f.change(role="director"),
    # Evidence.
    "evidence that is a program": lambda f: _evidence(f, b"MZ" + bytes(500)),
    "page as a photo": lambda f: _evidence(f, b"<html><script>1</script>", "image/png"),
    "scan called a photo": lambda f: _evidence(f, PDF + b"\n", "image/jpeg"),
    "size": lambda f: _evidence(f, PDF + b"\n", size=1),
    "evidence of another school's finding": lambda f: _evidence(f, PDF + b"\n", about="finding/R101-0123456789abcdef"),
    "evidence of another school's answer": lambda f: _evidence(f, PDF + b"\n", about=f"answer/{TERM}/{OTHER}/S101"),
    "evidence by path": lambda f: _evidence(f, PDF + b"\n", about="finding/../../x"),
    "evidence not there": lambda f: shutil.rmtree(f.folder / "casebook" / "files"),
    # What was signed at the school.
    "signed by a principal's hand": lambda f: _signature(f, role="principal", who="甲校长"),
    "signed without a drawing": lambda f: _signature(f, b""),
    "inspector refuses": lambda f: _signature(f, b"", signer="检查人员", way="拒绝签字", note="不想签"),
    "refused without a word": lambda f: _signature(f, b"", way="拒绝签字"),
    "signature under another signer": lambda f: _signature(f, about=f"{TERM}/{BIG}/signature/学籍管理员"),
    "signature with a number for a name": lambda f: _signature(f, name="640422201503120017"),
    "signature of no content": lambda f: _signature(f, of="随便"),
    "signature that is a scan": lambda f: _signature(f, PDF),
    "signature without end": lambda f: _signature(f, size=10**6),
    "signature half said": lambda f: _signature(f, b"", sha256="0" * 64),
    "objection without words": lambda f: f.add(
        {"value": "有异议", "note": ""}, kind="statement", subject=f"{TERM}/{BIG}/statement"
    ),
    "statement by the principal": lambda f: f.add(
        {"value": "没有异议", "note": ""}, kind="statement", subject=f"{TERM}/{BIG}/statement", role="principal"
    ),
    "statement of another school": lambda f: f.add(
        {"value": "没有异议", "note": ""}, kind="statement", subject=f"{TERM}/{OTHER}/statement"
    ),
    # Sightings.
    "sighting of another school": lambda f: _sighting(f, school_id=OTHER),
    "sighting that says another school": lambda f: _in_finding(f, school_id=OTHER),
    "sighting under another id": lambda f: _in_finding(f, finding_id="R101-0123456789abcdef"),
    "sighting of another check": lambda f: _in_finding(f, rule_id="R999"),
    "sighting whose evidence was changed": lambda f: _sighting(f, evidence="0" * 64),
    "sighting with another column": lambda f: _in_finding(f, run="x"),
    "sighting that counts below nothing": lambda f: _sighting(f, times_gone=-1),
    "sighting by a person": lambda f: _sighting(f, origin="校长"),
    "former id of another check": lambda f: f.former.__setitem__("R999-0123456789abcdef", f.untouched),
    "former id that takes another finding away": lambda f: setattr(f, "former", _taken_away(f)),
    "former ids that are a list": lambda f: setattr(f, "former", [1]),
    # The package itself.
    "a database": lambda f: f.more.__setitem__("store/casebook/casebook.sqlite", b"SQLite format 3\0"),
    "a program": lambda f: f.more.__setitem__("store/rules_local/x.py", b"import os"),
    "above the folder": lambda f: f.more.__setitem__("../../.bashrc", b"x"),
    "by a drive": lambda f: f.more.__setitem__("C:\\x.txt", b"x"),
    "megabytes of nothing": lambda f: f.more.__setitem__(f"store/{TERM}/segments/x.parquet", bytes(100 << 20)),
    "no schools": lambda f: f.manifest.update(schools=[]),
    "a school by path": lambda f: f.manifest.update(schools=["../x"]),
    "salt": lambda f: f.manifest.update(salt="zz"),
    "no day": lambda f: f.manifest.update(as_of=7),
    "a school never carried out": lambda f: (f.manifest.update(schools=[BIG, CLEAN])),
}  # fmt: skip


def _taken_away(f: Forger) -> dict[str, str]:
    """Another school's finding as the former id of a finding by the same check."""
    own = {seen["finding_id"][:4]: seen["finding_id"] for seen in f.sightings}
    return next({other: own[other[:4]]} for other in f.others if other[:4] in own)


def snapshot(office: Office) -> tuple[Any, ...]:
    with office.book.reading() as connection:
        tables = [
            sorted(map(str, connection.execute(t.select()).all()))
            for t in (EVENTS, SIGHTINGS, TRAIL, FORMER_IDS, FILES)
        ]
    files = sorted(p.relative_to(office.store.root) for p in (office.store.root / "casebook" / "evidence").rglob("*"))
    return (*tables, files)


def test_no_forged_record_comes_in(office: Office, tmp_path: Path) -> None:
    """One county, one laptop, each attack a package of its own: refused, and not a row or a file is otherwise."""
    accounts = Accounts(office.book)
    for name, role, school in (("王督查", "inspector", ""), ("周局长", "director", ""), ("甲校长", "principal", BIG)):
        accounts.add(name, role, school, "kou-ling-ge-ni-1")
    out = carry(Workplace(office.store), tmp_path / "带出.xjpack")
    bring(tmp_path / "laptop", out)
    decide(tmp_path / "laptop", INSPECTOR, 1, "不属实")
    laptop = Workplace.open(tmp_path / "laptop")
    with laptop.open_casebook() as book:
        shown = cases.of_school(book, BIG, TODAY)[2].id
        evidence.attach(Desk(book, laptop.store, INSPECTOR, TERM, TODAY), BIG, f"finding/{shown}", "表.pdf", PDF)
    back = carry(laptop, tmp_path / "带回.xjpack")
    others = [c.id for c in cases.of_county(office.book, TODAY) if c.sighting.school_id not in (BIG, "")]
    before = snapshot(office)
    taken, said = list[str](), dict[str, str]()
    for number, (name, attack) in enumerate(ATTACKS.items()):
        forger = Forger(back, tmp_path / f"f{number}")
        forger.others = others
        attack(forger)
        try:
            bring(office.store.root, forger.sealed(tmp_path / f"{number}.xjpack"))
            taken.append(name)
        except StoreError as error:
            said[name] = str(error)
        if snapshot(office) != before:
            taken.append(f"{name}: something changed")
            break
        shutil.rmtree(forger.folder)
    assert not taken
    assert len(set(said.values())) > 20 and all("\n" not in text and ".xjpack" in text for text in said.values())
    assert office.book.verify().broken == ""
    assert bring(office.store.root, back).new == {"finding": 1, "evidence": 1}, "the honest one is taken"


def test_a_forged_package_makes_no_store(office: Office, tmp_path: Path) -> None:
    out = carry(Workplace(office.store), tmp_path / "带出.xjpack")
    decide(office.store.root, INSPECTOR, 1, "不属实")
    out = carry(Workplace(office.store), tmp_path / "带出.xjpack")
    for name in ("principal confirms", "sighting of another school", "a database", "a school by path"):
        forger = Forger(out, tmp_path / "f")
        ATTACKS[name](forger)
        with pytest.raises(StoreError):
            bring(tmp_path / "新的", forger.sealed(tmp_path / "坏.xjpack"))
        assert not (tmp_path / "新的").exists(), name
        shutil.rmtree(forger.folder)
    forger = Forger(out, tmp_path / "f")
    (forger.folder / "store" / "part.json").write_text(json.dumps({"schools": [BIG, CLEAN], "term": TERM}), "utf-8")
    with pytest.raises(StoreError, match="数据仓不完整"):
        bring(tmp_path / "新的", forger.sealed(tmp_path / "坏.xjpack"))


def test_a_wrong_clock_loses_nothing(office: Office, tmp_path: Path) -> None:
    out = carry(Workplace(office.store), tmp_path / "带出.xjpack")
    laptop = tmp_path / "laptop"
    bring(laptop, out)
    store = Store.open(laptop)
    with Casebook.open(store, clock=lambda: dt.datetime(2031, 5, 1, tzinfo=dt.UTC)) as book:
        case = cases.of_school(book, BIG, TODAY)[0]
        cases.decide(Desk(book, store, INSPECTOR, TERM, TODAY), case.id, {"to": "属实"})
    merged = bring(office.store.root, carry(Workplace.open(laptop), tmp_path / "带回.xjpack"))
    assert (merged.new, merged.ahead) == ({"finding": 1}, 1)
    assert any("时钟不对" in line for line in merged.lines())
    assert office.book.verify().broken == ""
    with office.book.reading() as connection:
        assert '"clock": "ahead"' in list(trail.lines(connection))[-1].detail
    done = cases.decide(office.desk(DIRECTOR), case.id, {"to": "不属实", "note": "复查过"})
    assert (done.state, done.who) == ("不属实", "周局长"), (
        "what comes later in the trail stands, whatever the clocks say"
    )


def test_a_director_takes_what_a_restored_office_does_not_know(office: Office, tmp_path: Path) -> None:
    before = tmp_path / "备份"
    shutil.copytree(office.store.root, before)
    bring(tmp_path / "laptop", carry(Workplace(office.store), tmp_path / "带出.xjpack"))
    decide(tmp_path / "laptop", INSPECTOR, 0, "属实")
    back = carry(Workplace.open(tmp_path / "laptop"), tmp_path / "带回.xjpack")
    with pytest.raises(StoreError, match=r"没有带出过.*--accept 原因"):
        bring(before, back)
    merged = merge(before, "", Sealed(back, WORD), INSPECTOR, Acceptance("周局长", "11 月 20 日的备份恢复的"))
    assert merged.new == {"finding": 1}
    with Casebook.open(Store.open(before)) as book:
        assert book.verify().broken == ""
        with book.reading() as connection:
            (line,) = [line for line in trail.lines(connection) if line.action == "放行数据包"]
    assert (line.who, line.school_id) == ("周局长", BIG) and "11 月 20 日" in line.detail


@pytest.mark.parametrize(
    "cost", [{"n": 2**24}, {"n": 2**20, "r": 32}, {"p": 16, "n": 2**18}, {"n": 3}, {"n": 2}, {"r": 0}]
)
def test_a_key_that_costs_too_much_or_nothing_is_not_made(
    tmp_path: Path, cost: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()  # today's cost
    plain, sealed = tmp_path / "明", tmp_path / "密"
    plain.write_bytes(b"x")
    seal(plain, sealed, WORD)
    content = sealed.read_bytes()
    length = int.from_bytes(content[8:12], "big")
    head = json.dumps(json.loads(content[12 : 12 + length]) | cost).encode()
    sealed.write_bytes(content[:8] + len(head).to_bytes(4, "big") + head + content[12 + length :])
    with pytest.raises(StoreError, match="开头读不出来"):
        unseal(sealed, tmp_path / "回", WORD)
