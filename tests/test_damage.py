"""Files of a store that are not what was written: never used as data, told in one sentence, and mended as it says."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from benchmarks import bitflip
from tests.old_stores import says
from tests.old_stores.says import AS_OF, BEFORE, TERM
from tests.old_stores.test_old_stores import Keepsake, keepsake, unpacked
from xueji_lib import intake
from xueji_lib.casebook import judging
from xueji_lib.casebook.access import school_view
from xueji_lib.casebook.carry.merge import merge
from xueji_lib.casebook.carry.sealed import Sealed
from xueji_lib.casebook.log.events import Actor
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.judge import shelf
from xueji_lib.register.calendar import Calendar
from xueji_lib.register.inspection import Inspection
from xueji_lib.store import Store, row_groups
from xueji_lib.support.errors import StoreError

pytestmark = pytest.mark.slow

__all__ = ["keepsake", "unpacked"]

ASKED = Inspection(TERM, AS_OF)
INSPECTOR = Actor("王督查", "inspector")
FLIPS = 30
"""Bits a file, here; ``python -m benchmarks.bitflip`` turns more."""


@pytest.fixture(scope="module")
def judged(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The county of a keepsake taken in and judged by today's code, its casebook with it; not to be written to."""
    root = tmp_path_factory.mktemp("judged") / "store"
    shutil.copytree(unpacked / "store" / "casebook", root / "casebook")
    for term in (BEFORE, TERM):
        intake.run(unpacked / "inbox" / term, Store(root), term, Calendar.load())
    judging.judged(Workplace.open(root), ASKED)
    return root


@pytest.fixture
def root(judged: Path, tmp_path: Path) -> Path:
    shutil.copytree(judged, tmp_path / "store")
    return tmp_path / "store"


@pytest.fixture
def inbox(unpacked: Path) -> Path:
    return unpacked / "inbox"


def segment(root: Path, table: str, term: str = TERM) -> Path:
    (file,) = (root / term / "segments").glob(f"*-{table}.parquet")
    return file


def one_bit(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 3] ^= 4
    file.write_bytes(content)


def half(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def zeros(file: Path) -> None:
    file.write_bytes(bytes(file.stat().st_size))


DAMAGES: list[Callable[[Path], None]] = [one_bit, half, emptied, zeros, Path.unlink]


def said(root: Path, table: str, term: str = TERM) -> str:
    """The error of reading a table."""
    with pytest.raises(StoreError) as caught:
        Store.open(root).read(term, table)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def take(root: Path, inbox: Path, term: str = TERM) -> intake.Report:
    return intake.run(inbox / term, Store.open(root), term, Calendar.load())


# ---- nothing damaged is taken for data ----


@pytest.mark.parametrize("table", ["register", "headcount", "schools"])
def test_a_turned_bit_in_a_segment_is_noticed(root: Path, table: str) -> None:
    assert bitflip.of_segment(root, TERM, table, FLIPS) == {bitflip.REFUSED: FLIPS}


@pytest.mark.parametrize("table", ["register", "schools"])
def test_a_turned_bit_in_an_old_segment_changes_no_content(keepsake: Keepsake, table: str) -> None:
    """0.1.0 kept digests of what rows say, not of where they came from and of the bytes."""

    def content() -> object:
        frame = keepsake.store.read(TERM, table)
        return frame.drop(columns=["_file", "_sheet", "_row"])

    file = segment(keepsake.root, table)
    outcomes = bitflip.tried(file, FLIPS, 5, content, lambda a, b: bool(a.equals(b)))
    assert set(outcomes) <= {bitflip.REFUSED, bitflip.NO_EFFECT}
    take(keepsake.root, keepsake.inbox)  # from now on the bytes are known
    assert bitflip.of_segment(keepsake.root, TERM, table, FLIPS) == {bitflip.REFUSED: FLIPS}


@pytest.mark.parametrize("frame", bitflip.FRAMES)
def test_a_turned_bit_in_an_answer_is_noticed(root: Path, frame: str) -> None:
    assert bitflip.of_answer(root, TERM, frame, FLIPS) == {bitflip.REFUSED: FLIPS}


def test_a_turned_bit_in_a_json_file_is_noticed_or_has_no_effect(root: Path) -> None:
    answer = shelf.newest(Store.open(root), TERM)
    assert answer is not None
    for name, (file, read) in bitflip.jsons(root, TERM, answer).items():
        assert set(bitflip.of_json(file, FLIPS, read)) <= {bitflip.REFUSED, bitflip.NO_EFFECT}, name


def test_a_page_that_changes_after_the_file_was_looked_at_is_refused(root: Path) -> None:
    """The pages' own checksums: the digest of a file, which covers the pages' heads too, is worked out once in a
    process."""
    for file in (segment(root, "register"), next((root / "results").rglob("findings.parquet"))):
        for place in _last_bytes(file):
            with bitflip.turned(file, place, 3), pytest.raises(row_groups.UNREADABLE):
                row_groups.read(file)


def _last_bytes(file: Path) -> list[int]:
    """The place of the last byte of every column's last page, in every row group."""
    metadata = pq.read_metadata(file)
    groups = [metadata.row_group(n) for n in range(metadata.num_row_groups)]
    chunks = [group.column(n) for group in groups for n in range(group.num_columns)]
    return [
        (chunk.dictionary_page_offset or chunk.data_page_offset) + chunk.total_compressed_size - 1 for chunk in chunks
    ]


# ---- what an intake brings again is mended ----


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("table", ["register", "schools", "residents"])
def test_a_damaged_segment_is_mended_by_the_next_intake(
    root: Path, inbox: Path, table: str, damage: Callable[[Path], None]
) -> None:
    store = Store.open(root)
    before, fingerprint = store.read(TERM, table), store.fingerprint(TERM)
    damage(segment(root, table))
    assert f"xueji intake 收件夹 --term {TERM}" in said(root, table)
    assert len(store.damaged()) == 1
    report = take(root, inbox)
    kinds = {change.kind for change in report.changes if change.table == table}
    assert kinds == {"healed"}
    assert {change.kind for change in report.changes if change.table != table} == {"unchanged"}
    assert "补好" in "\n".join(report.lines())
    assert store.read(TERM, table).equals(before)
    assert store.fingerprint(TERM) == fingerprint
    assert store.damaged() == []
    assert take(root, inbox).intake is None


def test_an_old_segment_is_mended_too(keepsake: Keepsake) -> None:
    before, store = keepsake.store.read(TERM, "register"), keepsake.store
    one_bit(segment(keepsake.root, "register"))
    said(keepsake.root, "register")
    changes = take(keepsake.root, keepsake.inbox).changes
    assert {change.kind for change in changes if change.table == "register"} == {"healed"}
    assert {change.kind for change in changes if change.table != "register"} == {"unchanged"}
    assert store.read(TERM, "register").equals(before)
    assert says.of_tables(keepsake.root) == keepsake.tables


def test_what_people_entered_is_mended_by_judging_again(keepsake: Keepsake) -> None:
    """Roll-calls and explanations are in the casebook."""
    for table in ("rollcalls", "explanations"):
        segment(keepsake.root, table).unlink()
        assert f"xueji batch --term {TERM}" in said(keepsake.root, table)
    judging.judged(Workplace(keepsake.store), ASKED)
    assert says.of_tables(keepsake.root) == keepsake.tables


def test_a_backup_mends_as_well(root: Path, tmp_path: Path) -> None:
    file = segment(root, "register")
    shutil.copy(file, tmp_path)
    one_bit(file)
    assert "从备份恢复" in said(root, "register")
    shutil.copy(tmp_path / file.name, file)
    assert len(Store.open(root).read(TERM, "register")) > 0


# ---- JSON ----


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_current_is_read_of_its_copy(root: Path, inbox: Path, damage: Callable[[Path], None]) -> None:
    before = says.of_tables(root)
    damage(root / TERM / "current.json")
    assert says.of_tables(root) == before
    assert take(root, inbox).intake is None  # and puts both down again
    (root / TERM / "current-copy.json").unlink()
    assert says.of_tables(root) == before


def test_without_either_the_term_is_taken_in_anew(root: Path, inbox: Path, tmp_path: Path) -> None:
    before, verdicts = says.of_tables(root), says.of_casebook(root)["verdicts"]
    for name in ("current.json", "current-copy.json"):
        half(root / TERM / name)
    message = said(root, "register")
    assert f"把 {root / TERM} 文件夹移走" in message
    (root / TERM).rename(tmp_path / "移走")
    take(root, inbox)
    judging.judged(Workplace.open(root), ASKED)
    assert says.of_tables(root) == before
    assert says.of_casebook(root)["verdicts"] == verdicts


def test_a_damaged_record_of_an_intake_is_deleted(root: Path, inbox: Path) -> None:
    file = root / TERM / "intakes" / "000001.json"
    one_bit(file)
    with pytest.raises(StoreError, match="删掉它"):
        Store.open(root).history(TERM)
    file.unlink()
    numbers = [entry.number for entry in Store.open(root).history(TERM)]
    assert 1 not in numbers
    assert says.of_tables(root)[TERM]["rows"]["register"] > 0


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_marker_of_a_store_with_data_does_not_matter(
    root: Path, inbox: Path, damage: Callable[[Path], None]
) -> None:
    before = says.of_tables(root)
    damage(root / "xueji-store.json")
    assert says.of_tables(root) == before
    whole = (inbox / TERM / "学校名录.xlsx").parent
    assert intake.run(whole, Store.open(root), TERM, Calendar.load()).intake is None
    assert '"format": 2' in (root / "xueji-store.json").read_text("utf-8")


def test_a_damaged_marker_without_data_is_deleted(root: Path, inbox: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "xueji-store.json").write_text("{", "utf-8")
    with pytest.raises(StoreError, match="请删掉这个文件，再收一次件"):
        Store.open(bare)
    with pytest.raises(StoreError, match="请删掉这个文件，再收一次件"):
        intake.run(inbox / TERM, Store(bare), TERM, Calendar.load())
    (bare / "xueji-store.json").unlink()
    assert intake.run(inbox / TERM, Store(bare), TERM, Calendar.load()).intake == 1


# ---- answers ----


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", ["findings.parquet", "current.json"])
def test_a_damaged_answer_is_judged_again(
    root: Path, name: str, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    store = Store.open(root)
    answer = shelf.obtain(store, ASKED)
    before = answer.findings
    file = next((root / "results" / TERM).rglob(name))
    damage(file)
    assert not shelf.is_kept(store, ASKED)
    again = shelf.obtain(store, ASKED)
    assert again.findings.equals(before)
    assert shelf.is_kept(store, ASKED)
    if file.name == "findings.parquet" or damage is not Path.unlink:  # a note that is gone was never there
        assert str(file) in caplog.text


def test_an_answer_that_is_damaged_while_it_is_shown_says_what_to_do(root: Path) -> None:
    answer = shelf.obtain(Store.open(root), ASKED)
    one_bit(answer.folder / "coverage.parquet")
    with pytest.raises(StoreError, match="请重新运行，会自动重新判定"):
        _ = answer.coverage
    assert len(shelf.obtain(Store.open(root), ASKED).coverage)


def test_an_earlier_answer_is_judged_again_as_it_says(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A trend leaves out what cannot be read, and says so."""
    store, day = Store.open(root), AS_OF.replace(month=6)
    answer = shelf.obtain(store, Inspection(BEFORE, day))
    one_bit(answer.folder / "coverage.parquet")
    assert shelf.earlier(store, TERM) == []
    assert f"xueji batch --term {BEFORE} --as-of {day}" in caplog.text
    judging.judged(Workplace(store), Inspection(BEFORE, day))
    assert [kept.term_id for kept in shelf.earlier(store, TERM)] == [BEFORE]


# ---- parts ----


def test_a_view_is_made_again_when_its_page_is_opened_again(root: Path, keepsake: Keepsake) -> None:
    store, school = Store.open(root), keepsake.said["school"]
    view = school_view.refresh(Workplace(store), school, AS_OF)
    rows = len(view.read(TERM, "register"))
    for damaged in (segment(view.root, "register"), next((view.root / "results").rglob("findings.parquet"))):
        one_bit(damaged)
        if "register" in damaged.name:
            assert "请关掉本页，重新打开" in said(view.root, "register")
        else:
            with pytest.raises(StoreError, match="请关掉本页，重新打开"):
                shelf.obtain(view, ASKED)
        view = school_view.refresh(Workplace(store), school, AS_OF)
        assert len(view.read(TERM, "register")) == rows
        assert shelf.obtain(view, ASKED).school(school)


def read_all(root: Path) -> None:
    says.of_tables(root)
    shelf.obtain(Store.open(root), ASKED)


@pytest.mark.parametrize("name", ["segments/*-register.parquet", "findings.parquet"])
def test_a_copy_made_of_a_package_is_mended_by_it(keepsake: Keepsake, tmp_path: Path, name: str) -> None:
    laptop, package, word = tmp_path / "laptop", keepsake.folder / "laptop.xjpack", keepsake.said["password"]
    merge(laptop, "", Sealed(package, word), INSPECTOR)
    before, tables = says.of_casebook(laptop), says.of_tables(laptop)
    for file in laptop.rglob(name):
        half(file)
    with pytest.raises(StoreError, match="请把原来的数据包再并入一次") as caught:
        read_all(laptop)
    assert "\n" not in str(caught.value)
    assert merge(laptop, "", Sealed(package, word), INSPECTOR).mended
    assert says.of_tables(laptop) == tables
    assert says.of_casebook(laptop) == before
    assert len(shelf.obtain(Store.open(laptop), ASKED).findings)


# ---- as a user meets it ----


def test_the_commands_do_what_the_sentences_say(keepsake: Keepsake, tmp_path: Path) -> None:
    root, school = keepsake.root, keepsake.said["school"]

    def xueji(*words: str | Path) -> subprocess.CompletedProcess[str]:
        plain = {k: v for k, v in os.environ.items() if not k.startswith("XUEJI_")}
        line = [sys.executable, "-m", "xueji_lib", "--store", str(root), *map(str, words)]
        env = {**plain, "PYTHONUTF8": "1"}
        return subprocess.run(line, capture_output=True, encoding="utf-8", env=env, check=False, cwd=tmp_path)

    def advised(sentence: str) -> list[str]:
        """The command that a sentence names."""
        words = sentence.partition("（xueji ")[2].partition("）")[0].split()
        return [str(keepsake.inbox / TERM) if word == "收件夹" else word for word in words]

    def refused(*words: str) -> str:
        done = xueji(*words)
        assert done.returncode == 3
        (sentence,) = [line for line in done.stderr.splitlines() if "数据仓里" in line]
        return sentence

    check = ("check", "--term", TERM, "--out", "found")
    batch = ("batch", "--term", TERM, "--as-of", str(AS_OF), "--only", school)
    assert xueji(*batch).returncode == 0
    one_bit(next((root / "results" / TERM).rglob("findings.parquet")))
    done = xueji(*batch)  # is judged again by itself
    assert done.returncode == 0
    assert "判定结果" in done.stderr

    one_bit(segment(root, "register"))
    done = xueji(*advised(refused(*check)))
    assert done.returncode in (0, 4)  # files that are no tables were put there on purpose
    assert "补好" in done.stdout

    segment(root, "rollcalls").unlink()
    assert xueji(*advised(refused(*check)), "--only", school).returncode == 0
    assert xueji(*check).returncode == 0
    assert says.of_tables(root) == keepsake.tables
