"""Write the documents that are made from the code: commands.md (the command line) and rules.md (the catalogue).

python docs/generate.py            write them
python docs/generate.py --check    say whether they are current, exit 1 where not
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from xueji_lib import catalogue
from xueji_lib.chinese_cli import speak_chinese
from xueji_lib.chinese_help import Context
from xueji_lib.cli import xueji
from xueji_lib.policy import Policy
from xueji_lib.reports.rulebook import markdown

DOCS = Path(__file__).resolve().parent


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


def main() -> int:
    texts = {"commands.md": commands(), "rules.md": markdown(catalogue.load(), Policy.load())}
    old = [name for name, text in texts.items() if _read(DOCS / name) != text]
    if "--check" in sys.argv:
        for name in old:
            sys.stderr.write(f"docs/{name} 不是最新的，请运行 python docs/generate.py\n")
        return 1 if old else 0
    for name in old:
        (DOCS / name).write_text(texts[name], "utf-8", newline="\n")
    return 0


def _read(file: Path) -> str:
    return file.read_text("utf-8") if file.exists() else ""


if __name__ == "__main__":
    sys.exit(main())
