"""Checks that every deliverable of a folder is as it was written, byte for byte."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from xueji_lib.batch.manifest_content import ManifestContent
from xueji_lib.batch.outputs import Files, LocalFiles, RemoteFiles, Written, damage
from xueji_lib.doctor.diagnosis import Diagnosis, Health, good, to_do
from xueji_lib.register.calendar import Calendar
from xueji_lib.register.policy import in_force
from xueji_lib.support.errors import StoreError, UsageError
from xueji_lib.support.remote import Remote
from xueji_lib.support.safe_write import locked


@dataclass(frozen=True, slots=True)
class Batches:
    """The folder that batches write to. ``store``: as the user named it, "" where he did not."""

    out: Path | Remote
    store: str = ""

    def lines(self) -> Iterator[Diagnosis]:
        """One or more diagnoses for every term of the folder."""
        near = self.out.make() if isinstance(self.out, Remote) else self.out
        sizes = {}
        if isinstance(self.out, Remote):
            sizes = self.out.sizes()
            terms = sorted(name.split("/")[0] for name in sizes if name.endswith("/manifest.json"))
            self.out.bring(*(f"{term}/manifest.json" for term in terms))
        else:
            terms = sorted(file.parent.name for file in near.glob("*/manifest.json"))
        if not terms:
            yield Diagnosis(Health.PASSED_OVER, f"成果：{self.out} 里没有 xueji batch 的成果")
        for term in terms:
            folder = near / term
            remote = RemoteFiles(self.out, term, sizes) if isinstance(self.out, Remote) else None
            yield from self._term(term, folder, remote or LocalFiles(folder))

    def _term(self, term: str, folder: Path, files: Files) -> Iterator[Diagnosis]:
        where = f"{self.out}{os.sep if isinstance(self.out, Path) else '/'}{term}"
        if isinstance(self.out, Path) and _in_use(folder):
            yield to_do(f"成果 {where}：正在批处理，没有查", "等它做完再查一次")
            return
        manifest = ManifestContent.read(folder / "manifest.json")
        if manifest.unreadable:
            day = "上次的基准日"
            yield to_do(f"成果 {where} 的 manifest.json 读不出来", f"{self._command(term, day)}，会都重做一遍")
            return
        command = self._command(term, str(manifest.head.get("as_of", "")), str(manifest.head.get("edition", "")))
        unrecorded = [] if manifest.files else ["全县汇总"]
        damaged = [f"{where}/{name} {why}" for name, why in _damaged(files, "", manifest.files)]
        count = len(manifest.files)
        failed = []
        for school_id, entry in sorted(manifest.schools.items()):
            if entry.status != "完成":
                failed.append(f"{entry.name}（{school_id}）：{entry.error}")
            elif not entry.files:
                unrecorded.append(f"{entry.name}（{school_id}）")
            count += len(entry.files)
            below = f"schools/{school_id}/"
            damaged += [f"{where}/{name} {why}" for name, why in _damaged(files, below, entry.files)]
        if damaged:
            headline = f"成果 {where}：{len(damaged)} 个文件不是当时写的样子"
            advice = f"{command} --check-files\n只重做坏了的；填过、改过的先另存到“替换前”文件夹"
            yield to_do("\n".join([headline, *damaged]), advice)
        if unrecorded:
            listed = "、".join(unrecorded[:5]) + (f" 等 {len(unrecorded)} 处" if len(unrecorded) > 5 else "")
            yield to_do(f"成果 {where}：{listed} 没有记下校验值（旧版做的，或没有做完），查不了", command)
        if failed:
            yield to_do("\n".join([f"成果 {where}：{len(failed)} 所学校没有做成", *failed]), command)
        if not damaged and not unrecorded:
            yield good(f"成果 {where}：{count} 个文件都是当时写的，一个字节不差")

    def _command(self, term: str, as_of: str, edition: str = "") -> str:
        """The command that makes the folder's deliverables again."""
        line = ["xueji", *(["--store", self.store] if self.store else []), "batch", "--term", term, "--as-of", as_of]
        try:
            usual = in_force(Calendar.load().term(term).start)
        except UsageError:
            usual = ""
        line += ["--edition", edition] if edition not in ("", usual) else []
        line += ["--out", str(self.out)]
        return subprocess.list2cmdline(line) if os.name == "nt" else " ".join(map(_quoted, line))


def _quoted(word: str) -> str:
    """A word for a shell; ``shlex.quote`` would put quotes around every Chinese word."""
    return word if re.fullmatch(r"[\w@%+=:,./-]+", word) else shlex.quote(word)


def _damaged(files: Files, below: str, written: Mapping[str, Written]) -> Iterator[tuple[str, str]]:
    """Path below OUT/<term> and what is wrong, of every file that is not what was written."""
    for name, was in written.items():
        if why := damage(files, below + name, was, every_byte=True):
            yield below + name, why


def _in_use(folder: Path) -> bool:
    """Whether a batch is writing there now."""
    try:
        if (folder / ".lock").is_file():
            with locked(folder / ".lock", "busy"):
                pass
    except StoreError:
        return True
    except OSError:  # a disk that cannot be written to has no batch at work
        pass
    return False
