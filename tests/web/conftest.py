"""A county of four schools behind the door, with pages as careless as pages can be: what keeps schools apart must not
be the page."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pandas as pd
import pytest
from argon2 import PasswordHasher

from xueji_lib.casebook import cases, evidence
from xueji_lib.casebook.access.accounts import Accounts
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.log.events import Actor
from xueji_lib.casebook.sightings import sync
from xueji_lib.judge.engine import Check
from xueji_lib.register import schema
from xueji_lib.store import Store, empty
from xueji_lib.support import paths

from .client import Server, Visitor, notebook

FIRST, OWN = "kou-ling-ge-ni-1", "zi-ji-ding-de-7"
CHILD_A, CHILD_B = "本校孩子", "别校孩子"
FILE_B = b"%PDF-1.4 CANARY-OF-B %%EOF"

WHO = """
import json, os, sys, traceback, ipykernel
from pathlib import Path
from IPython.display import HTML
from xueji_lib.store import Store
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook import cases, evidence
import datetime as dt
said = {name: os.environ.get(name, "") for name in os.environ if "XUEJI" in name}
said["transport"] = json.loads(Path(ipykernel.get_connection_file()).read_text())["transport"]
def all_of(store):
    found = [store.root.name]
    for term in store.terms():
        for table in ("schools", "register", "headcount"):
            found.append(store.read(term, table).to_json(force_ascii=False))
    for file in sorted(store.root.rglob("*")):
        found.append(file.name)
        if file.suffix == ".json":
            found.append(file.read_text())
        if file.suffix == ".parquet":
            import pandas
            found.append(pandas.read_parquet(file).to_json(force_ascii=False))
    return "".join(found)
store = Store.open(Path(os.environ["XUEJI_STORE"]))
"""
PRINCIPAL = """
def tried(act):
    try:
        act()
        return "went"
    except Exception as error:
        return type(error).__name__
import signal, tempfile
county, me = Path(os.environ["XUEJI_CASEBOOK_FOLDER"]).parent, ipykernel.get_connection_file()
said["outside"] = {
    "county's list": tried(lambda: os.listdir(county)),
    "county's file": tried(lambda: (county / "xueji-store.json").read_bytes()),
    "county's rows": tried(lambda: Store.open(county)),
    "other kernels": tried(lambda: os.listdir(Path(me).parent)),
    "own connection": tried(lambda: Path(me).read_bytes()),
    "write beside": tried(lambda: (county / "x").write_bytes(b"x")),
    "write to tmp": tried(lambda: Path("/tmp/xueji-confined").write_bytes(b"x")),
    "own scratch": tried(lambda: tempfile.TemporaryFile()),
    "server": tried(lambda: os.kill(os.getppid(), signal.SIGTERM)),
    "memory": tried(lambda: bytearray(9 << 30)),
}
from xueji_lib.casebook.access.fence import principals_desk
desk = principals_desk(os.environ, dt.date(2026, 11, 20))
book = desk.book
HTML("WHO" + json.dumps(said) + all_of(store) + repr(cases.of_county(book, dt.date(2026, 11, 20))))
"""
INSPECTOR = """
book = Casebook.open(store)
HTML("WHO" + json.dumps(said) + all_of(store) + repr(cases.of_county(book, dt.date(2026, 11, 20))))
"""
NAIVE = """
import anywidget, traitlets
class Naive(anywidget.AnyWidget):
    _esm = "export default { render() {} }"
    n = traitlets.Unicode("").tag(sync=True)
    school = traitlets.Unicode("").tag(sync=True)
def obey(widget, content, buffers):
    "Does whatever a message asks for, with whatever ids it names."
    found = []
    for ask in (
        lambda: store.read("2026-2027-1", "register", schools=[content["school"]]).to_json(force_ascii=False),
        lambda: repr(cases.of_school(book, content["school"], dt.date(2026, 11, 20))),
        lambda: repr(cases.case(book, content["finding"], dt.date(2026, 11, 20))),
        lambda: evidence.content(book, content["sha256"]).decode(),
        lambda: repr(evidence.of_school(book, content["school"])),
        lambda: repr(book.events(content["school"])),
        lambda: Store.open(store.root / content["path"]).root.name,
    ):
        try:
            found.append(ask())
        except Exception as error:
            found.append(type(error).__name__ + str(error))
    widget.send({"answer": "DONE" + "".join(found)})
naive = Naive()
naive.on_msg(obey)
HTML(f"<i>COMM={naive.comm.comm_id}=</i>")
"""


@pytest.fixture(scope="session")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The kit with those pages."""
    home = tmp_path_factory.mktemp("kit")
    shutil.copytree(paths.home() / "data", home / "data")
    shutil.copytree(paths.home() / "templates", home / "templates")
    folder = home / "notebooks"
    folder.mkdir()
    notebook(folder, "principal.ipynb", WHO, PRINCIPAL, NAIVE)
    notebook(folder, "checklist.ipynb", WHO, INSPECTOR, NAIVE)
    notebook(folder, "county.ipynb", WHO, INSPECTOR)
    notebook(folder, "school_audit.ipynb", WHO)
    return home


def register(sample: ModuleType) -> pd.DataFrame:
    blank = empty(schema.REGISTER)
    rows = [(sample.ODD, CHILD_A, "本校.xlsx"), (sample.BIG, CHILD_B, "别校.xlsx"), (sample.CLEAN, "第三校", "三.xlsx")]
    frame = pd.DataFrame(rows, columns=["school_id", "name", "_file"]).reindex(columns=blank.columns)
    zeros = ("_row", "id_key", "id_form", "id_check", "register_key")
    frame = frame.assign(_sheet="Sheet1", _unknown="", **dict.fromkeys(zeros, 0))
    named = ("school_id", "_unknown", "_file", "_sheet")
    return frame.astype({name: "category" if name in named else blank[name].dtype for name in blank})


@pytest.fixture(scope="session")
def county(tmp_path_factory: pytest.TempPathFactory, sample: ModuleType, check: Check) -> SimpleNamespace:
    """The store, and accounts: A is ODD's principal, B is BIG's. ``finding``, ``sha256``: something of B's."""
    store = sample.store_of(tmp_path_factory.mktemp("county") / "数据仓", check)
    none = pd.DataFrame(columns=["table", "school_id", "code", "rows"])
    store.commit(sample.TERM, {"register": register(sample)}, none, {"time": "", "files": ["别校.xlsx"]})
    answer = sample.shelve(store, check)
    with Casebook.open(store) as book:
        sync(book, store, answer)
        desk, today = Desk(book, store, Actor("王督查", "inspector"), sample.TERM, sample.AS_OF), sample.AS_OF
        finding = cases.of_school(book, sample.BIG, today)[0].id
        cases.decide(desk, finding, {"to": "属实", "note": "CANARY-NOTE-B"})
        about = f"finding/{finding}"
        file = evidence.attach(desk, sample.BIG, about, "别校.pdf", FILE_B)
        accounts = Accounts(book, PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1))
        for name, role, school in PEOPLE(sample):
            accounts.add(name, role, school, FIRST)
            if name != "新校长":
                accounts.change(name, FIRST, OWN)
    return SimpleNamespace(store=store, finding=finding, sha256=file.sha256, own=sample.ODD, other=sample.BIG)


def PEOPLE(sample: ModuleType) -> list[tuple[str, str, str]]:  # noqa: N802
    return [
        ("甲校长", "principal", sample.ODD), ("乙校长", "principal", sample.BIG), ("王督查", "inspector", ""),
        ("周局长", "director", ""), ("走校长", "principal", sample.BIG), ("新校长", "principal", sample.BIG),
        ("试校长", "principal", sample.BIG), ("停校长", "principal", sample.BIG),
    ]  # fmt: skip


@pytest.fixture(scope="session")
def server(county: SimpleNamespace, kit: Path) -> Iterator[Server]:
    started = Server(county.store.root, kit)
    yield started
    said = started.stop()
    assert "Traceback" not in said, said


@pytest.fixture
def accounts(county: SimpleNamespace) -> Iterator[Accounts]:
    with Casebook.open(Store(county.store.root)) as book:
        yield Accounts(book)


@pytest.fixture(scope="session")
def signed_in(server: Server) -> dict[str, Visitor]:
    """甲 (A), 乙 (B), inspector, director: logged in."""
    found = {}
    for short, name in (("A", "甲校长"), ("B", "乙校长"), ("inspector", "王督查"), ("director", "周局长")):
        found[short] = Visitor(server)
        assert found[short].log_in(name, OWN).status == 302
    return found


TODAY = dt.date(2026, 11, 20)
