"""What a password has to be. Length first, then nothing that anyone would try first (NIST SP 800-63B, 5.1.1.2)."""

from __future__ import annotations

from typing import Final

from xueji_lib.support.errors import UsageError

SHORTEST: Final = 10
LONGEST: Final = 128
RULES: Final = (
    f"口令 {SHORTEST} 到 {LONGEST} 个字符，字母、数字、符号（或汉字）至少用两种；"
    "不能含账号名和学校标识码，不能是 12345、abcdef、同一个字符连用这类容易猜的"
)
_ROWS: Final = ("01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc")
_WORDS: Final = ("password", "passwd", "admin", "xueji", "iloveyou", "woaini", "学籍")


def check(password: str, name: str, school_id: str = "") -> None:
    """Check a new password. Raises UsageError that says what is wrong, never quoting the password."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise UsageError(f"口令太{'短' if len(password) < SHORTEST else '长'}。{RULES}")
    if any(ord(char) < 32 or ord(char) == 127 for char in password):
        raise UsageError("口令里不能有换行等看不见的字符")
    kinds = {"数字" if c.isdigit() else "字母" if c.isascii() and c.isalpha() else "其他" for c in password}
    folded = password.casefold()
    if len(kinds) < 2 or len(set(folded)) < 5:
        raise UsageError(f"口令太简单。{RULES}")
    if (len(name) > 1 and name.casefold() in folded) or (school_id and school_id in folded):
        raise UsageError("口令里不能有账号名和学校标识码")
    if len(_without_the_obvious(folded)) < 5:
        raise UsageError(f"口令太容易猜。{RULES}")


def _without_the_obvious(text: str) -> str:
    """What is left without runs along the keyboard or the alphabet and the words everyone tries."""
    for word in _WORDS:
        text = text.replace(word, "")
    for row in _ROWS:
        for line in (row, row[::-1]):
            for size in range(len(line), 3, -1):
                for start in range(len(line) - size + 1):
                    text = text.replace(line[start : start + size], "")
    return text
