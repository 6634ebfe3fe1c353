"""A rule's entry in an edition of the catalogue, and its two texts of the manual."""

from __future__ import annotations

import re
from pathlib import Path

from tests.new_rule.request import NewRule


def catalogue_texts(rule: NewRule, root: Path) -> dict[Path, str]:
    """File → its text with the rule in the order of the numbers; what a person writes is 待写."""
    folder = root / "data" / "catalogue"
    entry = (
        f"- {{id: {rule.id}, violation: {rule.violation}, severity: 一般, nature: 线索, scope: {rule.scope}, "
        f'needs: [{", ".join(rule.needs)}], clause: "待写", title: 待写,\n   when: "待写。", remedy: 待写}}\n'
    )
    edition = folder / f"{rule.edition}.yaml"
    texts = {edition: _among_entries(edition.read_text("utf-8"), rule.id, entry)}
    for kind, text in (("plain", f"{rule.id}:\n  asks: 待写\n"), ("misjudged", f"{rule.id}: 待写\n")):
        file = folder / kind / f"v{rule.violation}.yaml"
        texts[file] = _among_keys(file.read_text("utf-8"), rule.id, text)
    return texts


def _among_entries(text: str, rule_id: str, entry: str) -> str:
    """An edition's text with an entry more, after the last of its rules with a lower number."""
    lines = text.splitlines(keepends=True)
    start = lines.index("rules:\n") + 1 if "rules:\n" in lines else None
    if start is None:
        return f"{text.rstrip()}\n\nrules:\n{entry}"
    at = start
    for index in range(start, len(lines)):
        line = lines[index]
        if re.match(r"\w", line):
            break
        match = re.match(r"- \{id: (R\d+)", line)
        if match and match[1] < rule_id:
            at = next((end for end in range(index + 1, len(lines)) if not lines[end].startswith("   ")), len(lines))
    return "".join([*lines[:at], entry, *lines[at:]])


def _among_keys(text: str, rule_id: str, entry: str) -> str:
    """A text whose top-level keys are rules, with one more in the order of the numbers."""
    lines = text.splitlines(keepends=True)
    later = (i for i, line in enumerate(lines) if (key := re.match(r"(R\d+):", line)) and key[1] > rule_id)
    at = next(later, len(lines))
    return "".join([*lines[:at], entry, *lines[at:]])
