"""Write what is made from the code: commands.md (the command line), rules/ (the manual of the rules, a page a check),
the manual's examples, data/catalogue/examples, taken from the proof tables, and architecture.svg (picture.py).

python docs/generate.py            write them
python docs/generate.py --check    say whether they are current, exit 1 where not
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from xueji_lib.cli import xueji
from xueji_lib.cli.chinese import speak_chinese
from xueji_lib.cli.chinese_help import Context
from xueji_lib.register import catalogue
from xueji_lib.register.policy import Policy
from xueji_lib.reports.manual.as_text import documents
from xueji_lib.reports.manual.texts import Manual

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
EXAMPLES = ROOT / "data" / "catalogue" / "examples"


def commands() -> str:
    """Every command's ``--help``."""
    speak_chinese()
    parts = ["# 命令一览", "由 `python docs/generate.py` 从程序生成，不要手改。"]

    def add(command: click.Command, name: str, parent: click.Context | None) -> None:
        context = Context(command, info_name=name, parent=parent, max_content_width=100, terminal_width=100)
        parts.extend([f"## {context.command_path}", f"```text\n{command.get_help(context).rstrip()}\n```"])
        if isinstance(command, click.Group):
            for child in command.list_commands(context):
                found = command.get_command(context, child)
                assert found is not None
                add(found, child, context)

    add(xueji, "xueji", None)
    return "\n\n".join(parts) + "\n"


def texts() -> dict[Path, str]:
    """Every generated file and what it must hold."""
    sys.path.insert(0, str(ROOT))  # the proof tables are in tests/, which is never installed
    from docs import picture
    from docs.examples import all_examples

    entries, policy, manual = catalogue.load(), Policy.load(), Manual.load()
    examples = all_examples(entries, policy, manual)
    whole = {rule: shown for of_violation in examples.values() for rule, shown in of_violation.items()}
    pages = documents(entries, policy, replace(manual, examples=whole))
    return {
        DOCS / "commands.md": commands(),
        DOCS / "architecture.svg": picture.svg(),
        **{EXAMPLES / f"v{number}.json": _json(content) + "\n" for number, content in examples.items()},
        **{DOCS / "rules" / name: text for name, text in pages.items()},
    }


def _json(value: Any, indent: str = "") -> str:
    """What fits a line is on one: a difference in version control is then one a reader can read."""
    line = json.dumps(value, ensure_ascii=False)
    if len(line) + len(indent) <= 160 or not isinstance(value, dict | list):
        return line
    deeper = indent + " "
    if isinstance(value, dict):
        parts = [f"{deeper}{json.dumps(key)}: {_json(item, deeper)}" for key, item in value.items()]
        return "{\n" + ",\n".join(parts) + f"\n{indent}}}"
    return "[\n" + ",\n".join(deeper + _json(item, deeper) for item in value) + f"\n{indent}]"


def main() -> int:
    wanted = texts()
    made = {*EXAMPLES.glob("*"), *(DOCS / "rules").glob("*")}
    old = sorted([file for file, text in wanted.items() if _read(file) != text] + [*made.difference(wanted)])
    if "--check" in sys.argv:
        for file in old:
            sys.stderr.write(f"{file.relative_to(ROOT).as_posix()} 不是最新的，请运行 python docs/generate.py\n")
        return 1 if old else 0
    for file in old:
        if file in wanted:
            file.parent.mkdir(exist_ok=True)
            file.write_text(wanted[file], "utf-8", newline="\n")
        else:
            file.unlink()
    return 0


def _read(file: Path) -> str:
    return file.read_text("utf-8") if file.exists() else ""


if __name__ == "__main__":
    sys.exit(main())
