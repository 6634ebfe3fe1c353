"""A zip in the inbox is read where it lies: names as its writer meant them, limits as for any file."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from tests.intake.boxes import FIRST, HEADS, SECOND, TERM, codes, pupil, register, take, text, xlsx
from xueji_lib.intake.readers import zip_files

pytestmark = pytest.mark.slow


def packed(*files: tuple[str | bytes, bytes]) -> bytes:
    """A name of bytes is written as it stands, without the mark that says UTF-8, as Windows does."""
    out = io.BytesIO()
    raw: dict[bytes, bytes] = {}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for number, (name, data) in enumerate(files):
            if isinstance(name, bytes):
                stand_in = f"{number}".encode().rjust(len(name), b"Z")
                raw[stand_in] = name
                name = stand_in.decode()
            target.writestr(name, data)
    result = out.getvalue()
    for stand_in, name in raw.items():
        result = result.replace(stand_in, name)
    return result


def without_code(n: int) -> bytes:
    """A register that does not say of which school."""
    return xlsx(("名册", [row[1:] for row in register(n)]))


def test_a_zip_is_read_and_its_name_and_folders_tell_the_school(tmp_path: Path) -> None:
    data = packed(
        ("城关第一小学/名册.xlsx".encode("gbk"), without_code(3)),
        ("河西第二中学\\七年级.csv".encode("gbk"), text([row[1:] for row in (HEADS, pupil(5), pupil(6))])),
        ("说明.txt", "请查收".encode()),
        ("__MACOSX/._名册.xlsx", b"x"),
        ("~$名册.xlsx", b"x"),
    )
    report, store = take(tmp_path, {"各校/各校名册.zip": data})
    frame = store.read(TERM, "register").astype({"school_id": str, "_file": str})
    assert frame.groupby("school_id").size().to_dict() == {FIRST: 3, SECOND: 2}
    assert set(frame["_file"]) == {
        "各校/各校名册.zip/城关第一小学/名册.xlsx",
        "各校/各校名册.zip/河西第二中学/七年级.csv",
    }
    assert {p.file for p in report.problems} == {"各校/各校名册.zip/说明.txt"}
    assert {name.rpartition("/")[2] for name, _ in report.ignored} == {"._名册.xlsx", "~$名册.xlsx"}
    (form,) = [file.form for file in report.files if file.file.endswith(".zip")]
    assert form == "压缩包（zip）"


def test_the_code_in_a_zips_own_name_tells_the_school(tmp_path: Path) -> None:
    _, store = take(tmp_path, {f"{SECOND}.zip": packed(("名册.xlsx", without_code(2)))})
    assert set(store.read(TERM, "register")["school_id"]) == {SECOND}


def test_a_workbook_stored_in_a_zip_without_compression_is_a_zip_all_the_same(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as target:
        target.writestr("名册.xlsx", xlsx(("名册", register(2))))
    report, store = take(tmp_path, {"a.zip": out.getvalue()})
    assert report.problems == [] and len(store.read(TERM, "register")) == 2


def test_an_empty_zip_is_said_to_be_empty(tmp_path: Path) -> None:
    folders = io.BytesIO()
    with zipfile.ZipFile(folders, "w") as target:
        target.writestr("各校/", b"")
    files = {"空.zip": b"PK\x05\x06" + bytes(18), "夹.zip": folders.getvalue(), "好.csv": text(register(2))}
    report, store = take(tmp_path, files)
    assert {(p.file, p.code) for p in report.problems} == {("空.zip", "D01"), ("夹.zip", "D01")}
    assert all("压缩包是空的" in p.message for p in report.problems)
    assert len(store.read(TERM, "register")) == 2


def test_a_file_in_a_zip_and_beside_it_counts_once(tmp_path: Path) -> None:
    data = xlsx(("名册", register(4)))
    report, store = take(tmp_path, {"a.zip": packed(("名册.xlsx", data)), "名册.xlsx": data})
    assert len(store.read(TERM, "register")) == 4
    assert codes(report) == {"D14": 1}


def test_what_cannot_be_read_in_a_zip_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    inner = packed(("b.csv", text(register(1))))
    locked = bytearray(packed(("锁.csv", text(register(1)))))
    for at in (6, locked.index(b"PK\x01\x02") + 8):
        locked[at] |= 1
    cut = packed(("坏.csv", text(register(30)) * 20))
    broken = bytearray(packed(("坏.csv", text(register(30)))))
    broken[60:90] = bytes(30)
    report, store = take(
        tmp_path,
        {
            "套.zip": packed(("里.zip", inner), ("c.csv", text([*register(1)[:1], pupil(9)]))),
            "锁.zip": bytes(locked),
            "断.zip": cut[: len(cut) // 2],
            "坏.zip": bytes(broken),
        },
    )
    said = {p.file: p.message for p in report.problems}
    assert said.keys() == {"套.zip/里.zip", "锁.zip/锁.csv", "断.zip", "坏.zip/坏.csv"}
    assert "还有压缩包" in said["套.zip/里.zip"] and "密码" in said["锁.zip/锁.csv"]
    assert "损坏" in said["断.zip"] and "损坏" in said["坏.zip/坏.csv"]
    assert len(store.read(TERM, "register")) == 1


def test_a_zip_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    many = packed(*((f"{n}.csv", b"") for n in range(5001)))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for n in range(5):
            with target.open(f"{n}.csv", "w") as stream:
                for _ in range(45):
                    stream.write(bytes(10 << 20))
    report, store = take(tmp_path, {"多.zip": many, "大.zip": out.getvalue(), "好.csv": text(register(2))})
    assert {p.file for p in report.problems} == {"多.zip", "大.zip"}
    assert {p.message for p in report.problems} == {zip_files.TOO_MUCH}
    assert len(store.read(TERM, "register")) == 2


def test_names_are_utf8_where_they_can_be_and_chinese_where_they_cannot() -> None:
    assert zip_files.decoded("名册".encode()) == "名册"
    assert zip_files.decoded("名册".encode("gbk")) == "名册"
    assert zip_files.decoded("一".encode("gbk")) == "一"  # two bytes that are a Cyrillic letter in UTF-8
    assert zip_files.decoded(b"roster-1.xlsx") == "roster-1.xlsx"
    assert zip_files.decoded(b"\xff\xff").encode()
