"""What ``xueji doctor`` says of a store, its results, the county's own figures and what killed runs left behind."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import ssl
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from types import ModuleType

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from xueji_lib import doctor
from xueji_lib.casebook import cases
from xueji_lib.casebook.backup.last_backup import LastBackup
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.log.events import Actor
from xueji_lib.casebook.sightings import sync
from xueji_lib.cli import xueji
from xueji_lib.cli.chinese import run as command
from xueji_lib.doctor import kit, machine
from xueji_lib.doctor.served import served
from xueji_lib.judge import shelf
from xueji_lib.store import Store
from xueji_lib.support import paths

NOW = dt.datetime(2026, 11, 25, 8, tzinfo=dt.UTC)
Ask = Callable[..., tuple[int, str]]


@pytest.fixture
def ask(sample_store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Runs the command on a store (default: the sample's): exit status, and all that it said."""

    def asked(store: Path | None = None) -> tuple[int, str]:
        capsys.readouterr()
        given = ["--store", str(store or sample_store.root), "doctor", "--out", str(tmp_path / "out")]
        status = command(xueji, given)
        said = capsys.readouterr()
        return status, said.out + said.err

    return asked


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A county's own copy of data/, in which everything was confirmed."""
    home = tmp_path / "home"
    for folder in ("data", "templates", "notebooks"):
        shutil.copytree(paths.home() / folder, home / folder)
    for name in ("policy/2020-154.toml", "letters.toml"):
        file = home / "data" / name
        file.write_text(file.read_text("utf-8").replace("待县局确认", "县局已确认"), "utf-8")
    for year in (2027, 2028):
        holidays = home / "data" / "calendar" / f"holidays-{year}.toml"
        holidays.write_text(f"rest = [{year}-01-01]\nwork = []\n", "utf-8")
    monkeypatch.setenv("XUEJI_HOME", str(home))
    return home


def test_all_is_well(ask: Ask, home: Path) -> None:
    status, said = ask()
    assert status == 0, said
    assert "[要处理]" not in said
    for looked_at in (
        "磁盘：",
        "时钟：",
        "权限：",
        "核查台账：",
        "备份：",
        "版本：",
        "数据仓 ",
        "表册：",
        "数据仓的索引",
        "判定结果：",
        "校历：",
        "2020-154 版的数字",
        "没有中断",
    ):
        assert f"[好] {looked_at}" in said, looked_at
    assert said.rstrip().endswith("都好")


def test_a_damaged_segment_is_named_and_the_rest_is_still_looked_at(ask: Ask, home: Path, sample_store: Store) -> None:
    segment = next(sample_store.root.glob("*/segments/*.parquet"))
    segment.write_bytes(segment.read_bytes()[:-100])
    status, said = ask()
    assert status == 4
    assert "学校名录" in said
    assert segment.name in said
    assert "[好] 判定结果" in said


@pytest.mark.slow
def test_damaged_results_are_named_and_judged_again_as_it_says(ask: Ask, home: Path, sample_store: Store) -> None:
    frame = next(sample_store.root.glob("results/*/*/*/findings.parquet"))
    frame.write_bytes(frame.read_bytes()[:-1] + b"x")
    status, said = ask()
    assert status == 4
    assert str(frame) in said
    repair = said.partition("会重新判定：xueji ")[2].splitlines()[0]
    assert command(xueji, ["--store", str(sample_store.root), *repair.split(), "--out", str(home / "out")]) == 0
    assert ask()[0] == 0


@pytest.mark.parametrize("name", ["xueji-store.json", "2026-2027-1/current.json", "2026-2027-1/current-copy.json"])
@pytest.mark.parametrize("content", ["{", None])
def test_a_small_file_that_another_stands_in_for_is_named(
    ask: Ask, home: Path, sample_store: Store, name: str, content: str | None
) -> None:
    file = sample_store.root / name
    file.unlink()
    if content is not None:
        file.write_text(content)
    status, said = ask()
    assert (status, f"{file} 缺失或已损坏" in said) == (4, True), said


@pytest.mark.parametrize("damage", ["none", "index"])
def test_a_store_that_cannot_be_used_is_said_with_what_to_do(
    ask: Ask, home: Path, sample_store: Store, tmp_path: Path, damage: str
) -> None:
    if damage == "none":
        status, said = ask(tmp_path / "nowhere")
    else:
        for file in sample_store.root.glob("*/current*.json"):
            file.write_text("{")
        status, said = ask()
    assert status == 3
    assert "[不能用] 数据仓" in said
    assert "怎么办" in said
    assert "[好] 校历" in said, "the rest is looked at all the same"


def test_a_term_without_calendar_and_a_year_without_holidays(ask: Ask, home: Path, sample_store: Store) -> None:
    terms = home / "data" / "calendar" / "terms.toml"
    (home / "data" / "calendar" / "holidays-2027.toml").unlink()
    status, said = ask()
    assert (status, "校历缺 2027 年节假日安排" in said) == (4, True)
    terms.write_text(terms.read_text("utf-8").split('[terms."2026-2027-1"]')[0], "utf-8")
    status, said = ask()
    assert (status, "校历里没有 2026-2027-1 学期" in said) == (4, True)
    assert str(terms) in said


def test_what_the_county_has_not_confirmed_is_listed(ask: Ask) -> None:
    status, said = ask()
    assert status == 4
    assert "rectify_workdays_grave = 5（严重问题整改期限，待县局确认）" in said
    assert "efile_days" not in said, "a figure of the notice itself"
    assert "文书里的内容" in said


def test_what_killed_runs_left_is_listed_once_it_is_old(
    ask: Ask, home: Path, sample_store: Store, tmp_path: Path
) -> None:
    term = next(sample_store.root.glob("*/current.json")).parent
    aside = tmp_path / "out" / term.name / "schools" / ".2164000001.99999"
    aside.mkdir(parents=True)
    half, unnamed = term / "current.json.part", term / "segments" / "000007-register.parquet"
    for file in (half, unnamed):
        file.touch()
    assert ask()[0] == 0, "a run may be at work"
    for path in (aside, half, unnamed):
        os.utime(path, (time.time() - 7200, time.time() - 7200))
    status, said = ask()
    assert (status, "留下 3 个半成品" in said) == (4, True)
    assert all(str(path) in said for path in (aside, half, unnamed))


def test_a_component_of_another_version_is_named(ask: Ask, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    required = ["pandas>=99", "no-such-component>=1", "numpy>=1"]
    monkeypatch.setattr(kit.metadata, "requires", lambda name: required)
    status, said = ask()
    assert status == 4
    assert "pandas " in said and "（要 >=99）" in said
    assert "没有 no-such-component" in said
    assert "numpy" not in said


def test_a_check_that_fails_itself_is_a_line_and_the_others_go_on(
    ask: Ask, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(store: Store) -> list[doctor.Diagnosis]:
        raise KeyError("640422201503120017")

    monkeypatch.setattr(doctor, "results", failing)
    status, said = ask()
    assert status == 4
    assert "判定结果查不成（程序出错）" in said
    assert "640422" not in said
    assert "[好] 校历" in said


# ---- the machine, the casebook, its backup, the pages ----


@pytest.fixture
def decided(sample_store: Store, sample: ModuleType) -> Store:
    """A store in whose casebook somebody decided something."""
    answer = shelf.obtain(sample_store, sample.INSPECTION)
    with Casebook.open(sample_store) as book:
        sync(book, sample_store, answer)
        desk = Desk(book, sample_store, Actor("王督查", "inspector"), sample.TERM, sample.AS_OF)
        cases.decide(desk, cases.of_school(book, sample.BIG, sample.AS_OF)[0].id, {"to": "属实"})
    return sample_store


def test_what_nobody_can_make_again_wants_a_backup(decided: Store, ask: Ask, home: Path, tmp_path: Path) -> None:
    status, said = ask()
    assert (status, "[好] 核查台账完整，留痕 2 条" in said) == (4, True), said
    assert "没有备份过：核查台账有 2 条留痕" in said and "xueji backup" in said
    assert command(xueji, ["--store", str(decided.root), "backup", "--out", str(tmp_path / "备份.xjbackup")]) == 0
    status, said = ask()
    assert (status, "[好] 备份：0 天前" in said) == (0, True), said
    with Casebook.open(decided) as book:
        book.log("王督查", "登录")
    LastBackup("2026-01-01T00:00:00+00:00", "E:/旧.xjbackup", 2).keep(decided)
    status, said = ask()
    assert (status, "天前（E:/旧.xjbackup），以后又有 2 条留痕" in said) == (4, True), said
    shutil.rmtree(decided.root / "casebook")
    status, said = ask()
    assert status == 4 and "核查台账不见了" in said and "[好] 校历" in said


def test_a_changed_casebook_is_named(decided: Store, ask: Ask, home: Path) -> None:
    with Casebook.open(decided) as book, book.engine.connect() as connection, connection.begin():
        connection.exec_driver_sql("UPDATE events SET body = '{}'")
    status, said = ask()
    assert status == 4 and "[要处理] 核查台账不完整" in said and "xueji restore" in said


def test_disk_clock_and_rights(ask: Ask, home: Path, sample_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    register = next(sample_store.root.glob("*/segments/*.parquet"))
    register.chmod(0o644)
    assert ask()[0] == 0, "into the store's own folder nobody gets"
    sample_store.root.chmod(0o755)
    status, said = ask()
    assert status == 4 and "别的用户能读数据仓" in said and str(sample_store.root) in said and "chmod -R go=" in said
    sample_store.root.chmod(0o700)
    ahead = time.time() + 86400
    os.utime(sample_store.root / "xueji-store.json", (ahead, ahead))
    status, said = ask()
    assert status == 4 and "[要处理] 时钟不对" in said and "--standing" in said
    os.utime(sample_store.root / "xueji-store.json")
    monkeypatch.setattr(machine, "_LEAST_FREE", 2**60)
    status, said = ask()
    assert status == 4 and "所在的磁盘只剩" in said


class Pages(BaseHTTPRequestHandler):
    """Answers as the server's health address does."""

    answer = b'{"why": []}'

    def do_GET(self) -> None:
        assert self.path == "/xueji/health"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, *_: object) -> None:
        """Nothing on the screen."""


@pytest.fixture
def pages() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Pages)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/xueji/"
    server.shutdown()
    server.server_close()


def test_the_pages_are_asked_how_they_are(pages: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def said(url: str) -> str:
        return "\n".join(map(str, served(url, NOW)))

    assert said(pages) == "[好] 网页服务正常"
    monkeypatch.setattr(Pages, "answer", '{"why": ["磁盘快满了"]}'.encode())
    assert "网页服务不正常：磁盘快满了" in said(pages) and "xueji.log" in said(pages)
    monkeypatch.setattr(Pages, "answer", b"<html>")
    assert "不是学籍检查工具箱" in said(pages)
    assert "连不上" in said("http://127.0.0.1:9/xueji/") and "没有查" in said("") and "不对" in said("xj.example.cn")


def test_a_certificate_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that nobody vouches for, one that ends soon, one that is good."""
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    certificate_of_localhost(certificate, key, days=60)
    server = HTTPServer(("127.0.0.1", 0), Pages)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    Thread(target=server.serve_forever, daemon=True).start()
    url, now = f"https://localhost:{server.server_port}/xueji/", dt.datetime.now(dt.UTC)
    try:
        (distrusted,) = map(str, served(url, now))
        assert "证书不被信任" in distrusted and "根证书" in distrusted
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        first, second = map(str, served(url, now))
        assert "[好] HTTPS：TLSv1.3" in first and second == "[好] 网页服务正常"
        assert "还有 1" in str(next(served(url, now + dt.timedelta(45))))
    finally:
        server.shutdown()
        server.server_close()


def certificate_of_localhost(certificate: Path, key: Path, days: int) -> None:
    private, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(private.public_key())
        .serial_number(1).not_valid_before(now).not_valid_after(now + dt.timedelta(days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )  # fmt: skip
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8
    key.write_bytes(private.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
