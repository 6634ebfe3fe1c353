"""``xueji serve``: a standalone Voila whose every handler stands behind the door."""

from __future__ import annotations

import datetime as dt
import logging
import os
import re
import secrets
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
from traitlets.config import Config
from voila.app import Voila

from xueji_lib.casebook import school_view
from xueji_lib.casebook.accounts import Accounts
from xueji_lib.casebook.book import Casebook
from xueji_lib.casebook.sessions import Sessions
from xueji_lib.store import Store
from xueji_lib.support import paths
from xueji_lib.support.errors import StoreError, UsageError
from xueji_lib.support.safe_write import write_aside
from xueji_lib.web import pages, provisioner
from xueji_lib.web.door import HEADERS, Door, guarded
from xueji_lib.web.identity import DoorAuthorizer, DoorIdentity
from xueji_lib.web.kernels import Kernels, OneSpec
from xueji_lib.web.provisioner import Parent

LARGEST: Final = 32 * 2**20
"""Bytes of one request or widget message: an evidence file of 20 MB and what packs it."""
_SWEEP_MS: Final = 15_000
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
_SOCKET_LIMIT: Final = 90  # bytes of a Unix socket's path


@dataclass(frozen=True)
class Options:
    """``idle``: after how long a kernel that nobody uses is shut down. ``casebook``: a database URL, "" for the store's
    own. ``fork``: kernels from a warm parent where the system can."""

    store: Path
    host: str = "127.0.0.1"
    port: int = 8866
    base_url: str = "/"
    behind_tls: bool = False
    casebook: str = ""
    idle: dt.timedelta = dt.timedelta(minutes=45)
    fork: bool = True


class App(Voila):  # type: ignore[misc]
    """Made by ``application``."""

    options: Options
    store: Store
    book: Casebook
    door: Door
    server: HTTPServer
    bound: int
    """The port listened to."""
    parent_process: Parent | None = None
    _one_at_a_time = threading.Lock()

    def setup_template_dirs(self) -> None:
        super().setup_template_dirs()
        own = paths.templates("voila", "xueji")
        self.template_paths.insert(0, str(own))

    def init_settings(self) -> dict[str, Any]:
        settings: dict[str, Any] = super().init_settings()
        kernels: Kernels = self.kernel_manager
        kernels.place = self._place
        kernels.private = Path(self.connection_dir)
        self.door.kernel_session = kernels.session_of
        cookie = {"path": self.base_url, "samesite": "Strict", "secure": self.options.behind_tls}
        return settings | {
            "login_url": self.base_url + "login",
            "xsrf_cookie_kwargs": cookie,
            "xsrf_cookie_name": "_xsrf",
            "default_handler_class": pages.lost(self.door),
            "websocket_max_message_size": LARGEST,
            "xueji_store": self.store,
            "allow_remote_access": True,  # whose names are right is the door's matter
            "log_function": lambda _handler: None,
        }

    def init_handlers(self) -> list[Any]:
        """Voila's own and ours, each behind the door. A pattern that routes.py does not judge is nobody's there."""
        base = self.base_url.rstrip("/")
        result = []
        for pattern, handler, *given in super().init_handlers():
            bare = pattern.removeprefix(base)
            if bare != "/":  # Voila's list of folders; ours is there instead
                result.append((re.escape(base) + bare, guarded(handler, bare, self.door), *given))
        return [(re.escape(base) + bare, *rest) for bare, *rest in pages.handlers(self.door)] + result

    def _place(self, role: str, school_id: str) -> Mapping[str, str]:
        """Where a kernel finds its store and casebook: a principal's is handed his school's view, never the store."""
        store = self.store
        if role == "principal":
            with self._one_at_a_time:  # where the county has to be judged anew, once is enough
                store = school_view.refresh(self.store, school_id, dt.date.today(), self.options.casebook)
        where = {"XUEJI_STORE": str(store.root.resolve()), "XUEJI_CASEBOOK_FOLDER": str(self.book.folder.resolve())}
        return where | ({"XUEJI_CASEBOOK": self.options.casebook} if self.options.casebook else {})

    def prepare_server(self) -> None:
        """Everything but serving. Raises UsageError where the port is taken."""
        self.connection_dir = tempfile.mkdtemp(prefix="xueji-")
        self.parent_process = Parent.start(Path(self.connection_dir)) if self.options.fork else None
        provisioner.use(self.parent_process, self)
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
        self.server.stop()
        run_sync(self.kernel_manager.shutdown_all)(now=True)
        self.door.workers.shutdown(wait=True)
        self._clear_away()

    def _clear_away(self) -> None:
        if self.parent_process is not None:
            self.parent_process.stop()
        provisioner.use(None, self)
        self.book.close()
        shutil.rmtree(self.connection_dir, ignore_errors=True)

    @property
    def address(self) -> str:
        host = "127.0.0.1" if self.options.host in ("", "0.0.0.0", "::", *LOOPBACK) else self.options.host
        return f"http://{host}:{self.bound}{self.base_url}"


def application(options: Options) -> App:
    """The server, listening. Raises UsageError (address in use, open to the network without accounts), StoreError."""
    base = "/" + "/".join(part for part in options.base_url.split("/") if part)
    base = base if base == "/" else base + "/"
    if not re.fullmatch(r"/([A-Za-z0-9_.-]+/)*", base):
        raise UsageError("--base-url 只能用字母、数字、- _ .，像 /xueji/")
    store = Store.open(options.store)
    book = Casebook.open(store, options.casebook)
    accounts = Accounts(book)
    local = options.host in LOOPBACK and not options.behind_tls
    if not local and not accounts.any():
        book.close()
        raise UsageError(
            "对外开放要先有账号：xueji user add 姓名 --role inspector。只在本机用，就不写 --host 和 --behind-tls"
        )
    if not paths.notebooks().is_dir():
        raise StoreError(f"找不到笔记本文件夹 {paths.notebooks()}，请重新安装")
    app = App(config=_config(options, base), cookie_secret=_secret(book.folder))
    app.options, app.store, app.book = options, store, book
    app.door = Door(accounts, Sessions(accounts), local, options.behind_tls, store.root / "logs")
    for name in ("tornado.access", "tornado.general"):  # refusals are the door's daily work
        logging.getLogger(name).setLevel(logging.ERROR)
    app.initialize([])
    app.prepare_server()
    return app


def _config(options: Options, base: str) -> Config:
    config = Config()
    config.Voila.update(
        base_url=base,
        root_dir=str(paths.notebooks()),
        open_browser=False,
        config_file_paths=[],  # nobody's own settings loosen the door
        identity_provider_class=DoorIdentity,
        authorizer_class=DoorAuthorizer,
        log_level=logging.ERROR,
    )
    config.VoilaConfiguration.update(
        template="lab",
        allow_template_override="NO",
        allow_theme_override="NO",
        file_allowlist=[],
        http_header_envs=list(HEADERS),
        preheat_kernel=False,
        progressive_rendering=False,  # would go on after a failed scope check
        show_tracebacks=False,
        multi_kernel_manager_class=Kernels,
        kernel_spec_manager_class=OneSpec,
    )
    config.MappingKernelManager.update(
        cull_idle_timeout=int(options.idle.total_seconds()),
        cull_interval=max(1, min(60, int(options.idle.total_seconds() // 2))),
        cull_connected=True,
        cull_busy=False,
    )
    if os.name == "posix" and len(tempfile.gettempdir()) < _SOCKET_LIMIT - 60:
        config.KernelManager.transport = "ipc"
    return config


def _secret(folder: Path) -> bytes:
    """Signs the cookies; kept, so that a restart logs nobody out. Only the owner can read it."""
    file = folder / "cookie-secret"
    try:
        found = file.read_bytes()
        if len(found) >= 32:
            return found
    except OSError:
        pass
    made = secrets.token_bytes(32)
    with write_aside(file) as aside:
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(made)
    return made


def serve(options: Options, ready: Callable[[str], None]) -> None:
    """Serve until stopped; ``ready`` is told the address once pages can be opened."""
    if sys.platform == "win32":
        import asyncio

        asyncio.set_event_loop_policy(asyncio.WindowsSelectorEventLoopPolicy())
    app = application(options)
    ready(app.address)
    app.start()
