"""``xj.pages``: what the kit's own notebooks open, each under its notebook's name.

A function takes the parameters of its notebook's first cell, checks them (one Chinese sentence for a wrong one) and
returns the page; each method of the page shows a part of it. What a page needs is loaded when it is opened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xueji_lib.lab import Lab
    from xueji_lib.notebook.audit import Audit
    from xueji_lib.web.pages.bureau import BureauPage
    from xueji_lib.web.pages.inspector import Checklist
    from xueji_lib.web.pages.principal import PrincipalPage

__all__ = ["checklist", "county", "principal", "rule_lab", "school_audit"]


def school_audit(
    school_id: object = "",
    term: object = "",
    as_of: object = "",
    store: object = "",
    out: object = "",
    judged: object = "",
) -> Audit:
    """One school's audit: ``heading()``, ``examined()``, ``overview()``, ``findings()``, ``classes()``, ``save()``.

    Blank parameters: the first school of the directory, the newest term, today, the store of ``xj.open``; nothing is
    saved without ``out``. ``judged``: the fingerprint of an answer, which a batch hands in. Raises UsageError,
    StoreError.
    """
    from xueji_lib.notebook import audit

    return audit.read(audit.parameters(school_id, term, as_of, store, out, judged))


def checklist(school_id: object = "", term: object = "", as_of: object = "", store: object = "") -> Checklist:
    """The inspector's page for one school: ``overview()``, ``section(1)`` … ``section(7)``, ``rollcall()``,
    ``signoff()``. Raises UsageError where the visitor may not see it, StoreError."""
    from xueji_lib.web.pages import inspector

    return inspector.open_page(school_id, term, as_of, store)


def county(term: str = "", as_of: str = "", store: str = "") -> BureauPage:
    """The bureau's page: a method for each of its parts, ``top()`` first. Raises as ``checklist``."""
    from xueji_lib.web.pages import bureau

    return bureau.open_page(term, as_of, store)


def principal(school_id: str = "", term: str = "", as_of: str = "", store: str = "") -> PrincipalPage:
    """The page of one school's principal: a method for each of its parts, ``top()`` first. Raises as ``checklist``."""
    from xueji_lib.web.pages import principal as page

    return page.open_page(school_id, term, as_of, store)


def rule_lab(store: object = "", term: object = "", as_of: object = "") -> Lab:
    """The rule laboratory: ``tables()``, ``columns(table)``, ``show(table)``, ``try_rule(rule)``, ``keep(rule)``,
    ``rules()``, ``drop(number)``. A rule is a function marked with ``@xj.local_rule(…)``. Raises UsageError,
    StoreError."""
    from xueji_lib.lab import Lab

    return Lab.open(store, term, as_of)
