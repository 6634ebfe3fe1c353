"""The photos of a visit in its record: small, two beside one another, each with its time, school and check value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from xueji_lib.register import labels
from xueji_lib.reports.letters.pictures import Picture
from xueji_lib.reports.letters.small_photos import small_photo
from xueji_lib.support.errors import StoreError
from xueji_lib.visit.visit_record import Exhibit, VisitRecord

MOST_PHOTOS: Final = 40
MOST_BYTES: Final = 3 * 1024 * 1024
"""Of all photos together: the record is to be sent by whatever an office has."""
_WIDEST, _HIGHEST = 73.0, 62.0


class _Shown(NamedTuple):
    picture: Picture | str
    words: str


def photo_values(record: VisitRecord, school: str, file: Callable[[str], bytes]) -> dict[str, Any]:
    """The fields 照片 and 照片说明: the photos that have room, and what is left out, so that nobody takes those that
    are shown for all."""
    shown: list[_Shown] = []
    left_out: list[Exhibit] = []
    lost = 0
    used = 0
    for exhibit in record.exhibits:
        if not exhibit.file.media.startswith("image/"):
            left_out.append(exhibit)
            continue
        if len(shown) == MOST_PHOTOS:
            left_out.append(exhibit)
            continue
        try:
            made = _made(exhibit, len(shown) + 1, school, file)
        except (OSError, StoreError):
            lost += 1
            continue
        size = len(made.picture.content) if isinstance(made.picture, Picture) else 0
        if used + size > MOST_BYTES:
            left_out.append(exhibit)
            continue
        used += size
        shown.append(made)
    pairs = [
        {"左图": left.picture, "左说明": left.words, "右图": right.picture, "右说明": right.words}
        for left, right in _pairs(shown)
    ]
    others = "、".join(map(_named, left_out))
    told = [
        f"另有 {len(left_out)} 个文件没有印在这里，在核查台账里：{others}。" if left_out else "",
        f"{lost} 张照片打不开，没有印出，请用 xueji verify 核对。" if lost else "",
        "照片缩小印出，原件在核查台账里，校验值是原件的 SHA-256。" if shown else "",
    ]
    return {"照片": pairs, "照片说明": "".join(told)}


def _made(exhibit: Exhibit, number: int, school: str, file: Callable[[str], bytes]) -> _Shown:
    photo = small_photo(file(exhibit.file.sha256))
    shrink = min(_WIDEST / photo.width, _HIGHEST / photo.height)
    when = f"拍摄 {photo.taken}" if photo.taken else f"存入 {labels.moment(exhibit.file.at)}"
    words = f"图{number}　{exhibit.shows}　{school}　{when}　校验值 {exhibit.file.sha256[:16]}"
    picture = Picture(photo.content, "image/jpeg", photo.width * shrink, photo.height * shrink, words)
    return _Shown(picture, words)


def _named(exhibit: Exhibit) -> str:
    return f"{exhibit.shows} {exhibit.file.name}（校验值 {exhibit.file.sha256[:16]}）"


def _pairs(shown: Sequence[_Shown]) -> Iterator[tuple[_Shown, _Shown]]:
    for first in range(0, len(shown), 2):
        yield shown[first], shown[first + 1] if first + 1 < len(shown) else _Shown("", "")
