"""What one account, one address, one guesser may take of the server; and a server whose warm parent was killed."""

from __future__ import annotations

import html
import json
import logging
import os
import re
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from xueji_lib.casebook.log.book import Casebook
from xueji_lib.store import Store
from xueji_lib.web.door import health, kernels, server_log
from xueji_lib.web.door.turnstile import SPAN, TRIES, Turnstile

from .client import Server, Visitor
from .conftest import OWN

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def own_store(county: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the county: what is locked here is locked for no other test."""
    return Path(shutil.copytree(county.store.root, tmp_path_factory.mktemp("limits") / "数据仓"))


@pytest.fixture(scope="module")
def own_server(own_store: Path, kit: Path) -> Iterator[Server]:
    started = Server(own_store, kit)
    yield started
    said = started.stop()
    assert "Traceback" not in said, said
    log = own_store / "logs" / "xueji.log"
    written = log.read_text("utf-8")
    assert "记录 网页服务启动" in written and "记录 网页服务停止" in written
    assert log.stat().st_mode & 0o77 == 0 and "周局长" not in written and "guess" not in written


def test_one_account_has_so_many_kernels_however_often_it_logs_in(own_server: Server) -> None:
    opened = []
    for _ in range(3):
        visitor = Visitor(own_server)
        assert visitor.log_in("周局长", OWN).status == 302
        opened += [(visitor, visitor.page("county.ipynb")[1]) for _ in range(kernels.MOST)]
    alive = [visitor.get(f"api/kernels/{kernel}").status == 200 for visitor, kernel in opened]
    assert alive == [False] * (len(opened) - kernels.MOST_OF_ACCOUNT) + [True] * kernels.MOST_OF_ACCOUNT


def test_pages_open_after_the_warm_parent_was_killed(own_server: Server, own_store: Path) -> None:
    visitor = Visitor(own_server)
    visitor.log_in("王督查", OWN)
    children = Path(f"/proc/{own_server.process.pid}/task/{own_server.process.pid}/children").read_text().split()
    (parent,) = [pid for pid in map(int, children) if b"forkserver" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    time.sleep(max(0.0, 10 - _age(parent)))  # one that dies at once is not started all the time
    os.kill(parent, signal.SIGKILL)
    text, kernel = visitor.page("checklist.ipynb", "?school=2164000004")
    written = (own_store / "logs" / "xueji.log").read_text("utf-8")
    assert "提醒 内核的母进程意外结束（退出状态 -9），已重新启动" in written
    assert "WHO" in text and visitor.get(f"api/kernels/{kernel}").status == 200


def _age(pid: int) -> float:
    started = int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19]) / os.sysconf("SC_CLK_TCK")
    return float(Path("/proc/uptime").read_text().split()[0]) - started


def test_a_principal_s_kernel_reaches_its_own_folders_alone(own_server: Server) -> None:
    """Whatever code runs in it: the county's store, other kernels, the server and the machine are shut."""
    visitor = Visitor(own_server)
    visitor.log_in("甲校长", OWN)
    text, _ = visitor.page("principal.ipynb")
    shown = html.unescape(text).replace('\\"', '"').replace("\\\\", "\\")
    said = json.loads(re.search(r"WHO(\{.*?\}\})", shown)[1])  # type: ignore[index]
    went = dict.fromkeys(("own connection", "own scratch"), "went")
    shut = (
        "county's list",
        "county's file",
        "county's rows",
        "other kernels",
        "write beside",
        "write to tmp",
        "server",
    )
    assert said["outside"] == {**went, **dict.fromkeys(shut, "PermissionError"), "memory": "MemoryError"}


def test_guessing_locks_the_guesser_and_not_a_known_device(own_server: Server) -> None:
    own = Visitor(own_server)
    assert own.log_in("乙校长", OWN).status == 302
    device = [name for name in own.cookies if name.startswith("xueji_device_")]
    assert len(device) == 1
    own.post("logout")
    stranger = Visitor(own_server)
    for _ in range(6):
        assert stranger.log_in("乙校长", "guess-guess-1").status == 401
    assert stranger.log_in("乙校长", OWN).status == 401, "locked at this address"
    assert own.log_in("乙校长", OWN).status == 302, "the same address, but the browser is known"
    forged = Visitor(own_server, {device[0]: own.cookies[device[0]].replace("a", "b")[::-1]})
    assert forged.log_in("乙校长", OWN).status == 401
    other = Visitor(own_server, {device[0]: own.cookies[device[0]]})
    assert other.get("schools").headers["Location"].endswith("/login"), "the cookie lets nobody in"


def test_it_says_how_it_is(own_server: Server) -> None:
    nobody = Visitor(own_server)
    answer = nobody.get("health")
    assert (answer.status, json.loads(answer.text)) == (200, {"why": []})
    assert "Set-Cookie" not in answer.headers and nobody.post("health", xsrf=False).status in (403, 405)


def test_what_is_wrong_is_said(county: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = tmp_path / "数据仓"
    shutil.copytree(county.store.root, store)
    with Casebook.open(Store(store)) as book:
        assert health.troubles(Store(store), book) == []
        monkeypatch.setattr(health, "_LEAST_FREE", 2**60)
        book.engine.dispose()
        (store / "casebook" / "casebook.sqlite").write_bytes(b"no database")
        for beside in store.glob("casebook/casebook.sqlite-*"):
            beside.unlink()
        assert health.troubles(Store(store), book) == ["核查台账读不出来", "磁盘快满了"]


def test_the_log_is_masked_and_never_grows_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_log, "_BYTES", 2000)
    log = logging.getLogger("xueji")
    with server_log.kept(tmp_path / "logs"):
        for number in range(400):
            log.info("第 %s 次，电话 13995012345\n第二行", number)
    files = sorted((tmp_path / "logs").iterdir())
    assert [file.name for file in files] == ["xueji.log", *(f"xueji.log.{n}" for n in range(1, 6))]
    assert all(file.stat().st_size <= 2000 and file.stat().st_mode & 0o77 == 0 for file in files)
    text = files[0].read_text("utf-8")
    assert "13995012345" not in text and "记录 第 399 次" in text and "第二行" in text.splitlines()[-1]
    (tmp_path / "不是文件夹").touch()
    with server_log.kept(tmp_path / "不是文件夹"):  # the pages go on
        log.warning("还在")


def test_an_address_may_try_so_often(own_server: Server) -> None:
    stranger, statuses = Visitor(own_server), []
    for number in range(TRIES + 3):
        answer = stranger.post("login", name=f"无此人{number}", password="x")
        statuses.append(answer.status)
    assert statuses[-1] == 429 and "请过一分钟再试" in answer.text and answer.headers["Retry-After"] == "60"


def test_the_turnstile_forgets() -> None:
    now = [0.0]
    turnstile = Turnstile(lambda: now[0])
    assert [turnstile.let_in("10.1.1.1") for _ in range(TRIES + 1)] == [True] * TRIES + [False]
    assert turnstile.let_in("10.1.1.2")
    now[0] += SPAN
    assert turnstile.let_in("10.1.1.1")
    for number in range(20_000):
        turnstile.let_in(str(number))
    assert len(turnstile._tries) <= 10_000
