"""A package unpacked: what it may hold, how much, and its records read. Nothing of it is believed: it comes off a
stick, and whoever knows its password can write anything into it."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import stat
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

from xueji_lib.casebook.carry.sealed import Sealed, unseal
from xueji_lib.register.calendar import TERM_ID
from xueji_lib.support.errors import StoreError, UsageError
from xueji_lib.support.os_reasons import reason_of

FORMAT: Final = 1
_NAMES: Final = re.compile(
    r"manifest\.json|casebook/(events|sightings)\.jsonl|casebook/former_ids\.json|casebook/files/[0-9a-f]{64}"
    r"|store/(\.lock|xueji-store\.json|part\.json|check-key\.json)"
    r"|store/(results/)?20\d\d-20\d\d-[12]/([\w-][\w.-]*/){0,3}[\w-][\w.-]*",
    re.ASCII,
)
"""What a package holds; nothing else is unpacked, above all no database and no program."""
_MOST_FILES: Final = 200_000
_MOST_BYTES: Final = 16 * 2**30
_PACKED_AT_MOST: Final = 200
"""Times that the content may be larger than the package: JSON packs to a twentieth, tables and photos to no less than a
third."""
_SMALL: Final = 64 * 2**20
"""Up to so many bytes no proportion is asked for."""
_LONGEST_LINE: Final = 16 * 2**20
_SCHOOL: Final = re.compile(r"[0-9A-Za-z]{1,20}")
_TEXTS: Final = ("casebook", "term", "as_of", "salt")


@dataclass(frozen=True, slots=True)
class Opened:
    """A package (``file``) unpacked into a folder. ``manifest``: what it holds, from whom and when."""

    file: Path
    folder: Path
    manifest: dict[str, Any]

    @property
    def store(self) -> Path:
        """The folder of the store inside the package."""
        return self.folder / "store"

    @property
    def schools(self) -> tuple[str, ...]:
        """The ids of the schools whose package it is."""
        return tuple(self.manifest["schools"])

    def former_ids(self) -> dict[str, str]:
        """Former finding_id → the one that the package has; packages of 0.1.0 have none. Raises StoreError."""
        file = self.folder / "casebook" / "former_ids.json"
        if not file.is_file():
            return {}
        content = self._json(file.read_text("utf-8"))
        if not isinstance(content, dict) or not all(isinstance(value, str) for value in content.values()):
            self.refuse("疑点的旧编号读不懂")
        return dict(content)

    def lines(self, name: str) -> list[dict[str, Any]]:
        """The records of casebook/<name>.jsonl. Raises StoreError for one that is none."""
        records = []
        with (self.folder / "casebook" / f"{name}.jsonl").open("rb") as file:
            while line := file.readline(_LONGEST_LINE):
                records.append(self._json(line))
        if not all(isinstance(record, dict) for record in records):
            self.refuse("有读不懂的记录")
        return records

    def _json(self, text: str | bytes) -> Any:
        try:
            return json.loads(text, parse_constant=_no_number)
        except (ValueError, RecursionError):
            self.refuse("有读不懂的记录")

    def refuse(self, why: str) -> NoReturn:
        """Raises the StoreError that says why nothing of the package was taken."""
        raise StoreError(f"{self.file} {why}，整个包没有收，什么都没有动。请在做这个包的电脑上重新打包")


def unpack(package: Sealed, folder: Path) -> Opened:
    """Unpack a package into ``folder``, all of it checked. Raises UsageError, StoreError; then nothing is left
    there."""
    file, plain = package.file, folder / "plain.zip"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        unseal(file, plain, package.password)
        with zipfile.ZipFile(plain) as archive:
            _check_members(archive, file)
            archive.extractall(folder)
        plain.unlink()
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"), parse_constant=_no_number)
        if int(manifest["format"]) > FORMAT:
            raise StoreError(f"{file} 是新版程序做的，这一版打不开。请换用新版程序")
        _check_manifest(manifest)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise StoreError(f"{file} 解不开：{reason_of(error)}") from None
    except (ValueError, KeyError, TypeError, RecursionError, NotImplementedError, RuntimeError, zipfile.BadZipFile):
        shutil.rmtree(folder, ignore_errors=True)
        raise StoreError(f"{file} 解不开：内容不完整。请重新拷一份") from None
    except (UsageError, StoreError):
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Opened(file, folder, manifest)


def _check_members(archive: zipfile.ZipFile, file: Path) -> None:
    """Raises StoreError where the package holds what none does, or so much that it would fill the disk."""
    members = archive.infolist()
    names = [member.filename for member in members]
    is_plain = all(stat.S_IFMT(member.external_attr >> 16) in (0, stat.S_IFREG) for member in members)
    if len(set(names)) != len(names) or not is_plain or not all(map(_NAMES.fullmatch, names)):
        raise StoreError(f"{file} 不是本工具箱的数据包：里面有不该有的文件。什么都没有动")
    size = sum(member.file_size for member in members)
    allowed = min(_MOST_BYTES, max(_SMALL, _PACKED_AT_MOST * file.stat().st_size))
    if len(names) > _MOST_FILES or size > allowed:
        raise StoreError(f"{file} 不是正常的数据包：解开有 {size / 2**20:.0f} MB、{len(names)} 个文件。什么都没有动")


def _check_manifest(manifest: Any) -> None:
    """Raises ValueError, KeyError or TypeError."""
    schools, texts = manifest["schools"], [manifest[name] for name in _TEXTS]
    dt.date.fromisoformat(manifest["as_of"])
    is_sound = (
        all(isinstance(value, str) for value in texts)
        and isinstance(schools, list)
        and bool(schools)
        and all(isinstance(school, str) and _SCHOOL.fullmatch(school) for school in schools)
        and TERM_ID.fullmatch(manifest["term"])
        and re.fullmatch("[0-9a-f]{64}", manifest["salt"])
        and re.fullmatch("[0-9a-f]{1,64}", manifest["casebook"])
    )
    if not is_sound:
        raise ValueError("manifest")


def _no_number(_name: str) -> NoReturn:
    """For NaN and Infinity, which are no JSON."""
    raise ValueError("no number")
