"""Score a checker on the synthetic county (docs/benchmark.md).

    python -m benchmarks.score --make 县 [--schools 20] [--seed 2026]   make a county: inbox and truth
    python -m benchmarks.score 县/truth 我的疑点.csv [--json 结果.json]   score a submission

The kit's own findings.csv is a submission as it is.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.measure import table
from benchmarks.scoring import NoSubmission, Score, Tally, Truth, read_submission, scored
from xueji_lib.register.vocabulary import Nature

_SHOWN: Final = 20
"""Lines of each list that are printed; the JSON has all."""


def main(arguments: Sequence[str] | None = None) -> int:
    """0 scored, whatever the score; 2 where there is nothing to score."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.score", description="给别的检查程序打分，见 docs/benchmark.md"
    )
    parser.add_argument("truth", nargs="?", type=Path, help="造县时写下的 truth 文件夹")
    parser.add_argument("submission", nargs="?", type=Path, help="要打分的 CSV；本工具的 findings.csv 就行")
    parser.add_argument("--json", type=Path, metavar="文件", help="另写一份 JSON，逐条都在")
    parser.add_argument("--make", type=Path, metavar="文件夹", help="造一个县：inbox 是要查的，truth 是答案")
    parser.add_argument("--schools", type=int, default=20, help="造多少所学校，默认 20")
    parser.add_argument("--seed", type=int, default=2026, help="同一个种子造出同一个县，默认 2026")
    options = parser.parse_args(arguments)
    if options.make is not None:
        return _make(options.make, options.schools, options.seed)
    if options.truth is None or options.submission is None:
        parser.error("要写 truth 文件夹和要打分的 CSV；先造县，写 --make 文件夹")
    try:
        truth = Truth.read(options.truth)
        score = scored(truth, read_submission(options.submission, truth))
    except NoSubmission as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join(lines(score)))
    if options.json is not None:
        options.json.write_text(json.dumps(as_json(score), ensure_ascii=False, indent=1) + "\n", "utf-8")
    return 0


def _make(folder: Path, schools: int, seed: int) -> int:
    from xueji_lib import demo
    from xueji_lib.support.errors import UsageError

    if folder.exists() and any(folder.iterdir()):
        print(f"{folder} 里已经有东西，请给一个空文件夹", file=sys.stderr)
        return 2
    try:
        demo.make(folder, schools=schools, seed=seed)
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"要查的：{folder / 'inbox'}（{demo.PREVIOUS_TERM}、{demo.TERM}，检查基准日 {demo.AS_OF}）")
    print(f"答案：{folder / 'truth'}")
    return 0


# ---- what is printed ----


def lines(score: Score) -> Iterator[str]:
    """The score in words and tables, Chinese."""
    yield f"得分 {score.points:g}（满分 100）"
    yield f"冤枉 {score.all.wrong} 条；漏掉 {len(score.missed)} 条；线索说成事实 {len(score.overstated)} 条"
    yield ""
    rows = [["全部", *_figures(score.all)]]
    rows += [[f"查{nature}的检查", *_figures(score.by_nature[nature])] for nature in Nature]
    yield table(_HEADS, rows)
    imperfect = [
        (rule, tally) for rule, tally in sorted(score.by_rule.items()) if tally.wrong or tally.right < tally.planted
    ]
    if imperfect:
        yield "\n没有做到全对的检查："
        yield table(["检查", *_HEADS[1:]], [[rule, *_figures(tally)] for rule, tally in imperfect])
    yield from _listed(
        "冤枉的",
        [
            f"第 {w.accusation.line} 行 {w.accusation.subject}：{w.kind}{f'（{w.note}）' if w.note else ''}"
            for w in score.wrong
        ],
    )
    yield from _listed("线索说成事实的", [f"第 {a.line} 行 {a.subject}" for a in score.overstated])
    yield from _listed("漏掉的", [str(subject) for subject in score.missed])
    yield from _listed("目录里没有这条检查，没有算的", [f"第 {a.line} 行 {a.subject}" for a in score.ignored])


_HEADS: Final = ["", "埋下", "查对", "冤枉", "精确率", "召回率"]


def _figures(tally: Tally) -> list[str]:
    return [str(tally.planted), str(tally.right), str(tally.wrong), _rate(tally.precision), _rate(tally.recall)]


def _rate(value: float | None) -> str:
    return "—" if value is None else f"{value:.3f}"


def _listed(title: str, entries: Sequence[str]) -> Iterator[str]:
    if entries:
        yield f"\n{title}（{len(entries)} 条）："
        yield from (f"- {entry}" for entry in entries[:_SHOWN])
        if len(entries) > _SHOWN:
            yield f"- ……另有 {len(entries) - _SHOWN} 条，写 --json 看全部"


def as_json(score: Score) -> dict[str, Any]:
    """The score with every line of its lists."""

    def figures(tally: Tally) -> dict[str, Any]:
        return {**vars(tally), "precision": tally.precision, "recall": tally.recall}

    return {
        "points": score.points,
        "false_accusations": score.all.wrong,
        "all": figures(score.all),
        "by_nature": {str(nature): figures(score.by_nature[nature]) for nature in Nature},
        "by_rule": {rule: figures(tally) for rule, tally in sorted(score.by_rule.items())},
        "wrong": [
            {"line": w.accusation.line, "subject": str(w.accusation.subject), "kind": w.kind, "note": w.note}
            for w in score.wrong
        ],
        "overstated": [{"line": a.line, "subject": str(a.subject)} for a in score.overstated],
        "missed": [str(subject) for subject in score.missed],
        "ignored": [{"line": a.line, "subject": str(a.subject)} for a in score.ignored],
    }


if __name__ == "__main__":
    sys.exit(main())
