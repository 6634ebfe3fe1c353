"""A deliverable that is not what was written is noticed and made again, and what people typed into it is kept."""

from __future__ import annotations

import json
import os
import random
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import openpyxl
import pytest

from xueji_lib import batch
from xueji_lib.batch.manifest_content import ManifestContent
from xueji_lib.batch.result import BatchResult
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.cli import xueji
from xueji_lib.cli.chinese import run as command

pytestmark = pytest.mark.slow


class Made:
    """A county's deliverables and the store they were made from."""

    def __init__(self, home: Path, sample: ModuleType) -> None:
        self.home, self.sample = home, sample
        self.store, self.out = home / "数据仓", home / "成果"
        self.folder = self.out / sample.TERM

    def batch(self, progress: Callable[[int, int, str], None] | None = None, **given: Any) -> BatchResult:
        workplace, options = Workplace.open(self.store), batch.BatchOptions(jobs=2, **given)
        return batch.run(workplace, self.sample.INSPECTION, self.out, options, progress)

    def school(self, school_id: str, name: str) -> Path:
        return self.folder / "schools" / school_id / name

    @property
    def manifest(self) -> dict[str, Any]:
        return dict(json.loads((self.folder / "manifest.json").read_text("utf-8")))

    def content(self) -> dict[str, bytes]:
        """Every file, the manifest and what was put by apart."""
        return {
            file.relative_to(self.folder).as_posix(): file.read_bytes()
            for file in self.folder.rglob("*")
            if file.is_file() and file.name not in ("manifest.json", ".lock") and file.parent.name != "替换前"
        }

    def doctor(self, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
        capsys.readouterr()
        status = command(xueji, ["--store", str(self.store), "doctor", "--out", str(self.out)])
        return status, capsys.readouterr().out


@pytest.fixture(scope="module")
def first(sample: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Made:
    made = Made(tmp_path_factory.mktemp("first"), sample)
    sample.store_of(made.store, sample.whole())
    assert made.batch().failed == []
    return made


@pytest.fixture
def made(first: Made, sample: ModuleType, tmp_path: Path) -> Made:
    """The same, to be damaged; files keep their times."""
    shutil.copytree(first.home, tmp_path / "home")
    return Made(tmp_path / "home", sample)


def shorten(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def lengthen(file: Path) -> None:
    file.write_bytes(file.read_bytes() + b" ")


def empty(file: Path) -> None:
    file.write_bytes(b"")


def turn_a_bit(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def turn_a_bit_unseen(file: Path) -> None:
    """As a disk does: neither size nor time say anything."""
    state = file.stat()
    turn_a_bit(file)
    os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))


def test_the_manifest_says_what_every_file_was(first: Made, sample: ModuleType) -> None:
    manifest = first.manifest
    recorded = dict(manifest["files"])
    for school_id, entry in manifest["schools"].items():
        assert entry["outputs"] == list(entry["files"])
        recorded |= {f"schools/{school_id}/{name}": was for name, was in entry["files"].items()}
    assert recorded.keys() == first.content().keys()
    for name, was in recorded.items():
        state = (first.folder / name).stat()
        assert (was["size"], was["mtime_ns"], len(was["sha256"])) == (state.st_size, state.st_mtime_ns, 64)


def test_what_was_damaged_is_made_again_and_nothing_else(made: Made, first: Made, sample: ModuleType) -> None:
    shorten(made.school(sample.BIG, "audit.html"))
    empty(made.school(sample.CLEAN, "audit.ipynb"))
    made.school(sample.EMPTY, "限期整改通知书.docx").unlink()
    shorten(made.folder / "findings.csv")
    said: list[str] = []
    again = made.batch(progress=lambda done, total, what: said.append(what))
    assert sorted(again.done) == [sample.BIG, sample.CLEAN, sample.EMPTY]
    assert again.skipped == [sample.ODD]
    assert made.content() == first.content()
    assert "重做 3" in said[0]

    entries = made.manifest["schools"]
    assert entries[sample.BIG]["remade"]["audit.html"].startswith("短了")
    assert entries[sample.CLEAN]["remade"]["audit.ipynb"].startswith("空了")
    assert entries[sample.EMPTY]["remade"] == {"限期整改通知书.docx": "没有了"}
    assert entries[sample.ODD]["remade"] == {}
    assert made.manifest["remade"]["findings.csv"].startswith("短了")
    lines = "\n".join(again.lines())
    assert "西乡县第一小学：audit.html 短了" in lines
    assert "全县汇总：findings.csv 短了" in lines

    third = made.batch()
    assert (third.done, len(third.skipped), third.remade) == ([], 4, {})
    assert "不是当时写的" not in "\n".join(third.lines())


@pytest.mark.parametrize("damage", [lengthen, turn_a_bit])
def test_other_content_is_noticed_by_size_or_by_time_and_digest(
    made: Made, first: Made, sample: ModuleType, damage: Callable[[Path], None]
) -> None:
    damage(made.school(sample.ODD, "audit.html"))
    damage(made.folder / "coverage.csv")
    again = made.batch()
    assert (again.done, set(again.remade)) == ([sample.ODD], {sample.ODD, ""})
    assert made.content() == first.content()


def test_a_copied_folder_whose_times_are_new_is_read_once_and_skipped(made: Made, sample: ModuleType) -> None:
    for file in made.folder.rglob("*.*"):
        os.utime(file)
    assert len(made.batch().skipped) == 4
    for school_id, entry in made.manifest["schools"].items():
        for name, was in entry["files"].items():
            assert was["mtime_ns"] == made.school(school_id, name).stat().st_mtime_ns


def test_a_bit_turned_unseen_is_what_the_doctor_finds_and_its_command_repairs(
    made: Made, first: Made, sample: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said = made.doctor(capsys)
    assert "个文件都是当时写的，一个字节不差" in said
    damaged = [made.school(sample.ODD, "audit.html"), made.folder / "county.html"]
    for file in damaged:
        turn_a_bit_unseen(file)
    assert len(made.batch().skipped) == 4, "size and time are as they were"
    status, said = made.doctor(capsys)
    assert status == 4
    assert all(f"{file} 内容变了" in said for file in damaged)
    repair = next(line for line in said.splitlines() if "--check-files" in line)
    asked = shlex.split(repair.partition("xueji ")[2])
    where = ["--store", str(made.store)], ["--out", str(made.out)]
    assert asked == [
        *where[0],
        "batch",
        "--term",
        sample.TERM,
        "--as-of",
        str(sample.AS_OF),
        *where[1],
        "--check-files",
    ]
    assert command(xueji, [*asked, "--jobs", "2"]) == 4  # a rule that crashed is still left out
    assert "完成 1 所，跳过 3 所" in capsys.readouterr().out
    assert made.content() == first.content()
    assert "一个字节不差" in made.doctor(capsys)[1]


@pytest.mark.parametrize("damage", [shorten, empty, Path.unlink, lengthen])
def test_the_doctor_names_every_damage(
    made: Made, sample: ModuleType, capsys: pytest.CaptureFixture[str], damage: Callable[[Path], None]
) -> None:
    files = [made.school(sample.BIG, "附件1.xlsx"), made.folder / "findings.csv"]
    for file in files:
        damage(file)
    status, said = made.doctor(capsys)
    assert (status, "2 个文件不是当时写的样子" in said) == (4, True)
    assert all(str(file) in said for file in files)


def test_what_a_school_typed_into_its_workbook_is_put_by(made: Made, first: Made, sample: ModuleType) -> None:
    typed = made.school(sample.BIG, "findings.xlsx")
    book = openpyxl.load_workbook(typed)
    book.worksheets[0]["A30"] = "已整改，见附件"
    book.save(typed)
    shorten(made.school(sample.BIG, "附件1.xlsx"))  # cut off: no one's work
    kept = typed.read_bytes()
    again = made.batch()
    assert again.done == [sample.BIG]
    copies = list(typed.parent.glob("替换前/*"))
    assert [copy.read_bytes() for copy in copies] == [kept]
    assert "可能有人填过、改过" in "\n".join(again.lines())
    assert str(copies[0]) in "\n".join(again.lines())
    assert made.content() == first.content()

    # Changed once more, at the same second, and made again for another reason: nothing takes the first copy's place.
    book.worksheets[0]["A31"] = "又改了一次"
    book.save(typed)
    os.utime(typed, ns=(copies[0].stat().st_atime_ns, copies[0].stat().st_mtime_ns))
    twice = typed.read_bytes()
    assert made.batch(force=True, only=[sample.BIG]).done == [sample.BIG]
    assert sorted(copy.read_bytes() for copy in typed.parent.glob("替换前/*")) == sorted([kept, twice])


def test_a_manifest_of_the_first_version_has_everything_made_once(
    made: Made, first: Made, capsys: pytest.CaptureFixture[str]
) -> None:
    old = made.manifest
    del old["files"], old["remade"]
    for entry in old["schools"].values():
        del entry["files"], entry["remade"]
    (made.folder / "manifest.json").write_text(json.dumps(old, ensure_ascii=False, indent=1), "utf-8")
    status, said = made.doctor(capsys)
    assert (status, "没有记下校验值" in said) == (4, True)
    again = made.batch()
    assert (len(again.done), again.failed) == (4, [])
    assert len(made.batch().skipped) == 4
    assert made.content() == first.content()


def test_a_manifest_cut_off_has_everything_made_once(
    made: Made, first: Made, capsys: pytest.CaptureFixture[str]
) -> None:
    shorten(made.folder / "manifest.json")
    status, said = made.doctor(capsys)
    assert (status, "manifest.json 读不出来" in said) == (4, True)
    again = made.batch()
    assert (len(again.done), again.failed) == (4, [])
    assert "manifest.json 读不出来" in "\n".join(again.lines())
    assert len(made.batch().skipped) == 4
    assert made.content() == first.content()


def test_no_damage_of_a_manifest_is_an_error(first: Made, tmp_path: Path) -> None:
    """Turned bits, cuts, and JSON of other shapes: read as far as it says something, never a crash."""
    whole = (first.folder / "manifest.json").read_bytes()
    file, rng = tmp_path / "manifest.json", random.Random(7)
    shapes: list[object] = [None, 3, [], "x", {"schools": []}, {"schools": {"1": 2}}, {"files": [1]}]
    shapes += [{"schools": {"1": {"outputs": 5}}}, {"files": {"a": {"size": "1", "mtime_ns": 2, "sha256": "3"}}}]
    shapes += [{"schools": {"1": {"name": "x", "outputs": [], "files": {"a": {"size": 1}}}}}]
    contents = [json.dumps(shape).encode() for shape in shapes]
    contents += [whole[: rng.randrange(len(whole))] for _ in range(50)]
    for _ in range(200):
        turned = bytearray(whole)
        turned[rng.randrange(len(turned))] ^= 1 << rng.randrange(8)
        contents.append(bytes(turned))
    for content in contents:
        file.write_bytes(content)
        said = ManifestContent.read(file)
        for was in (*said.files.values(), *(w for e in said.schools.values() for w in e.files.values())):
            assert isinstance(was.size, int)
