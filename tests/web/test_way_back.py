"""Back where one was after logging in, and never anywhere else."""

from __future__ import annotations

import pytest

from xueji_lib.web.door.way_back import _is_page

from .client import BASE, Server, Visitor
from .conftest import OWN

pytestmark = pytest.mark.slow


def test_back_to_the_page_that_was_asked_for(server: Server) -> None:
    inspector = Visitor(server)
    page = f"{BASE}voila/render/checklist.ipynb?school=2164000001&finding=R102-0a"
    asked = inspector.get("voila/render/checklist.ipynb?school=2164000001&finding=R102-0a")
    assert asked.headers["Location"] == f"{BASE}login"
    assert inspector.log_in("王督查", OWN).headers["Location"] == page
    assert inspector.log_in("王督查", OWN).headers["Location"] == BASE, "once"

    principal = Visitor(server)
    principal.get("voila/render/checklist.ipynb?school=2164000001")
    assert principal.log_in("乙校长", OWN).headers["Location"] == BASE, "no page of a principal's"
    forged = Visitor(server, {"xueji_back": "http://evil.example/"})
    assert forged.log_in("王督查", OWN).headers["Location"] == BASE


@pytest.mark.parametrize(
    "address",
    [
        "http://evil.example/xueji/schools", "//evil.example/xueji/schools", "/xueji/../schools", "/schools",
        "/xueji/voila/render/../schools", "/xueji/logout", "/xueji/schools?next=http://evil.example",
        "/xueji/api/kernels", "/xueji/schools\n",
        "/xueji/schools#x\r\nSet-Cookie: a=b", "/xueji/voila/render/checklist.ipynb?school=<b>", "",
    ],
)  # fmt: skip
def test_nowhere_else(address: str) -> None:
    assert not _is_page(address, BASE)
