"""Every rule against its proof tables, through the real intake and the real engine."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

import pytest

from tests.rules import proofs
from tests.rules.judged_alone import every_check, stored, told
from xueji_lib.judge.engine import Check
from xueji_lib.register import catalogue as catalogues
from xueji_lib.rules import IMPLEMENTED
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.verdict import Verdict
from xueji_lib.store import Store

pytestmark = pytest.mark.slow

CATALOGUE = catalogues.load()


@pytest.mark.parametrize("case", proofs.cases())
def test_rule_judges_its_proof_tables(case: str, tmp_path: Path) -> None:
    """As they expect it; and as it judges a school alone, with nobody but whom it says it looks at."""
    county = proofs.taken_in(case, tmp_path)
    agree(case, *proofs.judged(case, county, tmp_path / "logs"))
    rule_id = proofs.rule_of(case)
    rules = {rule_id: IMPLEMENTED[rule_id]}
    assert not told(stored(county, Store(tmp_path / "store")).looks_further(every_check(rules), rules))


def test_a_rule_that_crashes_fails_its_proof_with_its_own_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crashing(case: Inquiry) -> Verdict:
        raise KeyError("a column that was renamed")

    monkeypatch.setitem(IMPLEMENTED, "R703", replace(IMPLEMENTED["R703"], judge=crashing))
    with pytest.raises(KeyError, match="a column that was renamed") as crash:
        test_rule_judges_its_proof_tables("R703", tmp_path)
    assert crash.traceback[-1].name == "crashing"


def agree(case: str, check: Check, names: dict[str, str]) -> None:
    """The answer is what the tables expect: who is found, who is undecided, what evidence says, the statuses."""
    rule_id = proofs.rule_of(case)
    entry = CATALOGUE[rule_id]
    natures = proofs.natures(entry.scope, check.findings)
    sources = proofs.sources(entry.scope, check.findings)
    wanted: dict[str, dict[str, set[str]]] = {proofs.HIT: defaultdict(set), proofs.OPEN: defaultdict(set)}
    phrases: dict[tuple[str, str], list[str]] = {}
    for example in proofs.examples(case):
        named = example.row.get("记在") or example.row.get("学校名称") or example.row.get("学校标识码", "")
        school = "" if entry.of_county else names[named]
        who = proofs.subject(entry.scope, example.row)
        if example.expected in wanted:
            wanted[example.expected][school].add(who)
        if example.expected == proofs.HIT and example.row.get("性质"):
            nature, reason = natures[school, who if entry.scope != "school" else ""]
            assert (nature, bool(reason)) == (example.row["性质"], nature != entry.nature), f"{case} {who}：{reason}"
            assert (example.row.get("性质含") or "") in reason, f"{case} {who} 的性质说明没有写：{reason}"
        if example.expected == proofs.HIT and example.row.get("来源含"):
            records = sources[school, who if entry.scope != "school" else ""]
            unnamed = [part for part in example.row["来源含"].split("；") if part not in records]
            assert not unnamed, f"{case} {who} 的来源没有 {unnamed}：{records}"
        if example.expected == proofs.HIT:
            phrases.setdefault((school, who), []).extend(filter(None, (example.row.get("证据含") or "").split("；")))
    found = proofs.found_subjects(entry.scope, check.findings)
    if entry.scope == "school":
        # Several subjects of one school look alike in a finding: compare how many there are.
        assert Counter(s for s, _, _ in found) == Counter({s: len(w) for s, w in wanted[proofs.HIT].items()})
    else:
        assert sorted((s, w) for s, w, _ in found) == sorted((s, w) for s, ws in wanted[proofs.HIT].items() for w in ws)
    texts: dict[str, str] = defaultdict(str)
    for school, who, evidence in found:
        texts[school, who] += evidence  # type: ignore[index]
    for (school, who), parts in phrases.items():
        text = texts[(school, who if entry.scope != "school" else "")]  # type: ignore[index]
        missing = [part for part in parts if part not in text]
        assert not missing, f"{rule_id} {who} 的证据没有写 {missing}：{text}"
    undecided = {s: n for s, n in zip(check.coverage["school_id"], check.coverage["undecided"], strict=True) if n}
    assert undecided == {s: len(w) for s, w in wanted[proofs.OPEN].items()}
    statuses = proofs.statuses(case)
    failing = check.coverage[check.coverage["status"] == "出错"]
    expected_to = {names[school] for school, status, _ in statuses if status == "出错"}
    assert set(failing["school_id"]) == expected_to, failing["reason"].unique()
    coverage = check.coverage.set_index("school_id")
    for school_name, expected, reason in statuses:
        said = coverage.loc[names[school_name]]
        assert said["status"] == expected, f"{case} {school_name}"
        assert reason in said["reason"], f"{case} {school_name} 的覆盖说明没有写 {reason}：{said['reason']}"
    if entry.of_county:
        hits = [example.row for example in proofs.examples(case) if example.expected == proofs.HIT]
        charged = [row.get("记在") or row["户籍乡镇"] for row in hits]
        assert sorted(check.findings["school"]) == sorted(charged)


@pytest.mark.parametrize("rule_id", sorted(CATALOGUE.entries))
def test_rule_has_a_hit_a_near_miss_a_boundary_and_an_unknown(rule_id: str) -> None:
    examples = [e for case in proofs.cases() if proofs.rule_of(case) == rule_id for e in proofs.examples(case)]
    kinds = {e.expected for e in examples}
    lacking = [kind for kind in (proofs.HIT, proofs.MISS) if kind not in kinds]
    lacking += [] if proofs.OPEN in kinds or rule_id in NO_UNKNOWN else [proofs.OPEN]
    lacking += [] if any(e.boundary for e in examples) or rule_id in NO_BOUNDARY else ["边界"]
    assert not lacking, f"{rule_id} 的证明表缺：{'、'.join(lacking)}"


NO_BOUNDARY: dict[str, str] = {
    "R107": "只问台账有没有转出行",
    "R108": "只问台账有没有该生",
    "R112": "只问对方台账有没有相反方向的行",
    "R113": "班级只有同与不同",
    "R116": "只问两校核对表、名册和台账有没有该生",
    "R201": "只问情形和台账有没有该生",
    "R207": "只问两校是否都点名在校",
    "R210": "只问两校名册、核对表和台账有没有该生",
    "R211": "只问情形、状态和台账有没有该生",
    "R212": "只问特教学校有没有该生",
    "R304": "只问材料有没有",
    "R305": "只问有没有修改记录",
    "R308": "只问号码对不对应",
    "R405": "只看情形和整改措施是否空白",
    "R501": "只看转学原因、是否签署和办理结果",
    "R508": "只看是否在他校名册、是否有转入记录",
    "R509": "只看材料有没有",
    "R510": "只看材料有没有",
    "R512": "只看证明部门有没有",
    "R514": "只看材料有没有",
    "R515": "只看两家医疗机构是否相同",
    "R517": "只看情形",
    "R518": "只看情形、他校名册和转入记录",
    "R604": "只看理由是否空白",
    "R605": "只看类别和核实情况",
    "R703": "只看是否有人",
    "R705": "只看是否空白",
    "R709": "只看有没有送教",
    "R711": "只看说明是否空白",
    "R720": "只看情形和整改措施是否空白",
    "R722": "只看两处写的人是否相同",
}
"""Rules whose condition has no figure or date on whose edge one could stand, and why."""

NO_UNKNOWN: dict[str, str] = {
    "R114": "只用已知的姓名和班级比对，认不出来的不比",
}
"""Rules that no unknown cell can leave undecided, and why."""
