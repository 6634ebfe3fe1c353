"""``xueji serve``: a standalone Voila (notebooks shown as pages), every handler of it behind the log-in guard
(``guard``)."""

from __future__ import annotations

import datetime as dt
import logging
import os
import re
import shutil
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import tornado.ioloop
import tornado.web
from jupyter_core.utils import run_sync
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from voila.app import Voila

from xueji_lib.casebook.access import school_view
from xueji_lib.casebook.access.accounts import Accounts
from xueji_lib.casebook.access.sessions import Sessions
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.support import paths
from xueji_lib.support.errors import StoreError, UsageError
from xueji_lib.support.private import make_folder, private_folder
from xueji_lib.support.scratch import sweep
from xueji_lib.web.door import FOLDERS, page_scripts, plain_pages, provisioner, server_log
from xueji_lib.web.door.api_pages import API_PAGES, API_WORK, ApiWork
from xueji_lib.web.door.guard import Door, guarded
from xueji_lib.web.door.health import HealthPage
from xueji_lib.web.door.kernels import Kernels
from xueji_lib.web.door.page_scripts import PageScripts
from xueji_lib.web.door.server_settings import cookie_key, voila_config
from xueji_lib.web.door.warm_parents import WarmParents

LARGEST: Final = 32 * 2**20
"""Bytes of one request or widget message: an evidence file of 20 MB and what packs it."""
_SQLITE: Final = "sqlite:///"
_SWEEP_MS: Final = 15_000
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True)
class Options:
    """How to serve. ``idle``: after how long a kernel that nobody uses is shut down. ``casebook``: a database URL,
    "" for the store's own. ``fork``: kernels from a warm parent where the system can. ``person``: who works where
    nobody logs in, "" for this machine's user."""

    store: Path
    host: str = "127.0.0.1"
    port: int = 8866
    base_url: str = "/"
    behind_tls: bool = False
    casebook: str = ""
    idle: dt.timedelta = dt.timedelta(minutes=45)
    fork: bool = True
    person: str = ""


class App(Voila):  # type: ignore[misc]
    """Made by ``application``."""

    options: Options
    workplace: Workplace
    book: Casebook
    door: Door
    scripts: PageScripts
    server: HTTPServer
    bound: int
    """The port listened to."""
    warm_parents: WarmParents | None = None
    _one_at_a_time = threading.Lock()

    def setup_template_dirs(self) -> None:
        super().setup_template_dirs()
        own = paths.templates("voila", "templates", "xueji")
        self.template_paths.insert(0, str(own))
        self.scripts = PageScripts.of([*self.static_paths, *self.labextensions_path])
        self.voila_configuration.page_config_hook = self.scripts.page_config

    def init_settings(self) -> dict[str, Any]:
        settings: dict[str, Any] = super().init_settings()
        kernels: Kernels = self.kernel_manager
        kernels.environment_of = self._kernel_environment
        kernels.private = Path(self.connection_dir)
        self.door.kernel_session = kernels.session_of
        cookie = {"path": self.base_url, "samesite": "Strict", "secure": self.options.behind_tls}
        return settings | {
            "login_url": self.base_url + "login",
            "xsrf_cookie_kwargs": cookie,
            "xsrf_cookie_name": "_xsrf",
            "default_handler_class": plain_pages.lost(self.door),
            "websocket_max_message_size": LARGEST,
            "xueji_store": self.workplace.store,
            API_WORK: ApiWork.of(self.workplace, self.book),
            "allow_remote_access": True,  # the guard decides which host names are right
            "log_function": lambda _handler: None,
        }

    def init_handlers(self) -> list[Any]:
        """Voila's handlers and the kit's own, each behind the guard. An address that routes.py does not name answers
        404."""
        base = self.base_url.rstrip("/")
        scripts = (base + page_scripts.PATTERN, page_scripts.ScriptOfEdition, self.scripts.settings)
        result = []
        for pattern, handler, *settings in (scripts, *super().init_handlers()):
            bare = pattern.removeprefix(base)
            if bare != "/":  # Voila's list of folders; ours is there instead
                result.append((re.escape(base) + bare, guarded(handler, bare, self.door), *settings))
        return [
            (re.escape(base) + bare, *rest) for bare, *rest in plain_pages.handlers(self.door, HealthPage, *API_PAGES)
        ] + result

    def _kernel_environment(self, role: str, school_id: str) -> Mapping[str, str]:
        """Environment variables that tell a kernel its store and casebook; a principal's store is his school's view."""
        store = self.workplace.store
        if role == "principal":
            with self._one_at_a_time:  # where the county has to be judged anew, once is enough
                store = school_view.refresh(self.workplace, school_id, dt.date.today())
        url, folders = self.workplace.casebook_url, [store.root, self.book.folder]
        if role == "principal":  # made here: his kernel cannot make it beside other schools'
            incoming = private_folder(self.book.folder.parent / "incoming") / school_id
            make_folder(incoming)
            folders.append(incoming)
        if url.startswith(_SQLITE):
            folders.append(Path(url.removeprefix(_SQLITE)).parent)
        where = {"XUEJI_STORE": str(store.root.resolve()), "XUEJI_CASEBOOK_FOLDER": str(self.book.folder.resolve())}
        where[FOLDERS] = os.pathsep.join(str(folder.resolve()) for folder in folders)
        return where | ({"XUEJI_CASEBOOK": url} if url else {})

    def prepare_server(self) -> None:
        """Prepare everything and listen, but serve nothing yet. Raises UsageError where the port is taken."""
        self.connection_dir = tempfile.mkdtemp(prefix="xueji-")
        self.warm_parents = WarmParents.start(Path(self.connection_dir)) if self.options.fork else None
        provisioner.use(self.warm_parents, self)
        self.app = tornado.web.Application(**self.init_settings())
        self.app.add_handlers(".*$", self.init_handlers())
        try:
            sockets = bind_sockets(self.options.port, self.options.host, family=socket.AF_UNSPEC)
        except OSError as error:
            self._clear_away()
            where = f"{self.options.host}:{self.options.port}"
            raise UsageError(f"{where} 用不了（{error.strerror}）。换一个端口：--port 8867") from None
        self.bound = int(sockets[0].getsockname()[1])
        # What the proxy says of address and protocol is believed only where there is said to be one.
        self.server = HTTPServer(self.app, xheaders=self.options.behind_tls, max_body_size=LARGEST)
        self.server.add_sockets(sockets)
        self.port = self.bound

    def start(self) -> None:
        """Serve until stopped by a signal."""
        self.ioloop = tornado.ioloop.IOLoop.current()
        sweep = tornado.ioloop.PeriodicCallback(self._sweep, _SWEEP_MS)
        sweep.start()
        try:
            self.ioloop.start()
        except KeyboardInterrupt:
            pass
        finally:
            sweep.stop()
            self.stop()

    async def _sweep(self) -> None:
        try:
            await self.kernel_manager.end_sessions(self.door.alive)
        except StoreError as error:
            self.log.warning("%s", error)

    def stop(self) -> None:
        """Stop serving: end all kernels, close the casebook, delete temporary files."""
        self.server.stop()
        run_sync(self.kernel_manager.shutdown_all)(now=True)
        self.door.workers.shutdown(wait=True)
        self.app.settings[API_WORK].end()
        self._clear_away()

    def _clear_away(self) -> None:
        if self.warm_parents is not None:
            self.warm_parents.stop()
        provisioner.use(None, self)
        self.book.close()
        shutil.rmtree(self.connection_dir, ignore_errors=True)

    @property
    def address(self) -> str:
        """The URL to open in a browser."""
        host = "127.0.0.1" if self.options.host in ("", "0.0.0.0", "::", *LOOPBACK) else self.options.host
        return f"http://{host}:{self.bound}{self.base_url}"


def application(options: Options) -> App:
    """The server, listening. Raises UsageError (address in use, open to the network without accounts), StoreError."""
    base = "/" + "/".join(part for part in options.base_url.split("/") if part)
    base = base if base == "/" else base + "/"
    if not re.fullmatch(r"/([A-Za-z0-9_.-]+/)*", base):
        raise UsageError("--base-url 只能用字母、数字、- _ .，像 /xueji/")
    workplace = Workplace.open(options.store, options.casebook)
    sweep(workplace.store.root)
    book = workplace.open_casebook()
    accounts = Accounts(book)
    local = options.host in LOOPBACK and not options.behind_tls
    if not local and not accounts.any():
        book.close()
        raise UsageError(
            "对外开放要先有账号：xueji user add 姓名 --role inspector。只在本机用，就不写 --host 和 --behind-tls"
        )
    if not paths.notebooks().is_dir():
        raise StoreError(f"找不到笔记本文件夹 {paths.notebooks()}，请重新安装")
    app = App(config=voila_config(base, options.idle), cookie_secret=cookie_key(book.folder))
    app.options, app.workplace, app.book = options, workplace, book
    logs = workplace.store.root / "logs"
    app.door = Door(accounts, Sessions(accounts), local, options.behind_tls, logs, person=options.person)
    for name in ("tornado.access", "tornado.general"):  # refused requests are normal
        logging.getLogger(name).setLevel(logging.ERROR)
    app.initialize([])
    app.prepare_server()
    return app


def serve(options: Options, ready: Callable[[str], None]) -> None:
    """Serve until stopped; ``ready`` is told the address once pages can be opened."""
    if sys.platform == "win32":
        import asyncio

        asyncio.set_event_loop_policy(asyncio.WindowsSelectorEventLoopPolicy())
    with server_log.kept(options.store / "logs"):
        app = application(options)
        log = logging.getLogger("xueji")
        log.info("网页服务启动，%s", app.address)
        ready(app.address)
        app.start()
        log.info("网页服务停止")
