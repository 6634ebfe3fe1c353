"""What came of a package that was merged, for the screen."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Merged:
    """What a package brought. ``conflicts``: sentences, for a person to settle; ``other_sides``: of cases at two
    schools that were decided for one alone. ``mended``: the store was made of this package and damaged, and was laid
    out anew. ``ahead``: events whose time has not come yet: the clock of the computer
    they were made on was wrong."""

    file: Path
    schools: tuple[str, ...]
    term: str
    new: dict[str, int] = field(default_factory=dict)
    known: int = 0
    made_store: bool = False
    mended: bool = False
    conflicts: tuple[str, ...] = ()
    other_sides: tuple[str, ...] = ()
    ahead: int = 0

    def lines(self) -> list[str]:
        """What came of the package, in Chinese lines for the screen."""
        names = {
            "finding": "认定", "answer": "现场核查", "rollcall": "点名", "explanation": "说明", "evidence": "证据",
            "signoff": "签署", "measure": "处理意见", "letter": "文书", "plan": "督查方案",
            "visit": "到校安排", "draw": "抽样", "record": "现场检查记录",
            "key_signature": "钥匙加签",
            "statement": "学校陈述意见", "signature": "签字",
            "on_site": "现场发现", "sample_check": "抽样核对",
        }  # fmt: skip
        brought = "、".join(f"{names[kind]} {n} 条" for kind, n in sorted(self.new.items())) or "没有新内容"
        start = "按数据包建了数据仓；" if self.made_store else "数据仓里损坏的，已按数据包补好；" if self.mended else ""
        sentences = [f"{self.file.name}：{start}{brought}，已有的 {self.known} 条"]
        if self.ahead:
            clock = f"  {self.ahead} 条的时间在今天以后：做这些的电脑时钟不对。已照收，留痕里标明；先后以留痕为准"
            sentences.append(clock)
        sentences += [f"  有不同意见，请定：{conflict}" for conflict in self.conflicts]
        return sentences + [f"  两校一件，另一方等局里定（局里的页面“两校一件”）：{line}" for line in self.other_sides]
