"""What a browser sends over a page's websocket, looked at before anything parses it.

jupyter_server believes the counts in a frame: eight bytes may ask it for a list of 2**62 parts, and no other page would
be answered again. The two shapes are those of Jupyter's messaging over websockets, the older one and v1.
"""

from __future__ import annotations

import itertools
import json
import struct
from collections.abc import Sequence
from typing import Any, Final

V1: Final = "v1.kernel.websocket.jupyter.org"
MOST_BUFFERS: Final = 256
"""Binary parts of one message; files of a form come one or a few at a time."""
LARGEST_JSON: Final = 8 * 2**20
"""Bytes of a message's text parts; a whole file comes as a binary part."""
_CHANNELS: Final = ("shell", "control", "stdin", "iopub")
_PARTS: Final = ("header", "parent_header", "metadata", "content")


def is_sound(message: str | bytes, subprotocol: str | None) -> bool:
    """Whether jupyter_server can read the frame in time and memory in keeping with its length, and finds all that a
    message must have."""
    try:
        if subprotocol == V1:
            return isinstance(message, bytes) and _is_v1(message)
        return _is_older(message)
    except (ValueError, RecursionError, struct.error):  # no JSON, no UTF-8, nested too deep, cut short
        return False


def _is_v1(message: bytes) -> bool:
    """A count, so many offsets (64 bits, little-endian), then the channel, the four texts, the buffers."""
    count = int.from_bytes(message[:8], "little")
    fewest = 1 + len(_PARTS) + 1
    if len(message) < 8 * (fewest + 1) or not fewest <= count <= fewest + MOST_BUFFERS:
        return False
    offsets = struct.unpack_from(f"<{count}Q", message, 8)
    if not _in_order(offsets, 8 * (count + 1), len(message)):
        return False
    channel, *texts = (message[start:stop] for start, stop in itertools.pairwise(offsets))
    parts = dict(zip(_PARTS, texts, strict=False))
    if sum(map(len, texts[: len(_PARTS)])) > LARGEST_JSON:
        return False
    return channel.decode() in _CHANNELS and _is_message({name: json.loads(text) for name, text in parts.items()})


def _is_older(message: str | bytes) -> bool:
    """One JSON text; with buffers, a count, so many offsets (32 bits, big-endian), then the text and the buffers."""
    if isinstance(message, bytes):
        (count,) = struct.unpack_from("!i", message)
        if not 1 <= count <= 1 + MOST_BUFFERS:
            return False
        offsets = struct.unpack_from(f"!{count}I", message, 4)
        if not _in_order(offsets, 4 * (count + 1), len(message)):
            return False
        text: str | bytes = message[slice(*(*offsets, None)[:2])]
    else:
        text = message
    if len(text) > LARGEST_JSON:
        return False
    parsed = json.loads(text)
    return isinstance(parsed, dict) and parsed.get("channel", "shell") in _CHANNELS and _is_message(parsed)


def _in_order(offsets: Sequence[int], first: int, length: int) -> bool:
    """Whether the offsets lie behind the list of them, within the frame, none before the one before it."""
    return first <= offsets[0] and offsets[-1] <= length and all(a <= b for a, b in itertools.pairwise(offsets))


def _is_message(parts: dict[str, Any]) -> bool:
    """Whether all four parts are there, and the header says which message it is, of whom."""
    if not all(isinstance(parts.get(name), dict) for name in _PARTS):
        return False
    return all(isinstance(parts["header"].get(name), str) for name in ("msg_id", "msg_type", "session"))
