"""Runs a rule file alone in a new process, to see whether it finds there what it found in the notebook.

``python -m xueji_lib.lab.standalone JOB``: JOB is a JSON file that says what to run and where to put the answer.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from xueji_lib.county import County
from xueji_lib.judge import engine, local_judge
from xueji_lib.judge.engine import Check
from xueji_lib.register.catalogue import Catalogue
from xueji_lib.register.inspection import Inspection
from xueji_lib.register.vocabulary import CoverageStatus
from xueji_lib.store import Store
from xueji_lib.support.errors import UsageError

TIMEOUT: Final = 900.0
"""Seconds; a county of 80,000 students takes about ten."""


def verify(name: str, program: str, expected: Check, store: Path) -> None:
    """Raises UsageError (Chinese) unless the program, as a file run by itself, gives the same findings and coverage."""
    with tempfile.TemporaryDirectory(prefix="xueji-", ignore_cleanup_errors=True) as temp:
        folder = Path(temp)
        (folder / "rules").mkdir()
        (folder / "rules" / name).write_text(program, "utf-8", newline="\n")
        job = {"folder": str(folder), "store": str(store.resolve()), "term": expected.term_id}
        job |= {"as_of": expected.as_of.isoformat(), "edition": expected.edition}
        (folder / "job.json").write_text(json.dumps(job), "utf-8")
        parents = [str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH", "")]
        command = [sys.executable, "-X", "utf8", "-m", "xueji_lib.lab.standalone", str(folder / "job.json")]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, parents))}
        try:
            # What it prints may be a record, so nobody hears it.
            subprocess.run(command, env=environment, capture_output=True, check=True, timeout=TIMEOUT, cwd=folder)
            answer: Any = json.loads((folder / "answer.json").read_text("utf-8"))
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            raise UsageError(f"没有存：单独运行这条检查没有成功（{type(error).__name__}）") from None
    in_notebook = _essence(expected)
    if answer["reason"]:
        raise UsageError(f"没有存：单独运行时{answer['reason']}")
    if answer != in_notebook:
        counts = f"单独运行查到 {len(answer['findings'])} 条，笔记本里是 {len(in_notebook['findings'])} 条"
        raise UsageError(f"没有存：{counts}，或证据、状态不同。检查的结果只能由数据决定：不用随机数，不用会变的东西")


def run(job: dict[str, str]) -> dict[str, Any]:
    """What the only rule of FOLDER/rules finds in the county. ``job``: folder, store, term, as_of, edition."""
    inspection = Inspection(job["term"], dt.date.fromisoformat(job["as_of"]), job["edition"])
    local = local_judge.load(Path(job["folder"]) / "rules")
    county = County.load(Store.open(Path(job["store"])), inspection.yardstick(), local.columns)
    entries = {rule_id: rule.entry for rule_id, rule in local.rules.items()}
    catalogue = Catalogue(job["edition"], entries, ())
    return _essence(engine.judge(county, catalogue, Path(job["folder"]) / "logs", local.implementations))


def _essence(check: Check) -> dict[str, Any]:
    """The part of a check that must be the same in both processes: findings, coverage, the reason of a failure."""
    failed = check.coverage[check.coverage["status"] == CoverageStatus.CRASHED]
    columns = ["school_id", "status", "population", "findings", "undecided"]
    return {
        "findings": sorted(check.findings["finding_id"] + " " + check.findings["evidence"]),
        "coverage": [[str(value) for value in row] for row in check.coverage[columns].itertuples(index=False)],
        "reason": str(failed["reason"].iloc[0]) if len(failed) else "",
    }


def main() -> None:
    """Run the job that the command line names and write answer.json beside it."""
    job = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    (Path(job["folder"]) / "answer.json").write_text(json.dumps(run(job)), "utf-8")


if __name__ == "__main__":
    main()
