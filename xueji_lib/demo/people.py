"""Children with valid numbers: IDs with right check digits, register numbers, addresses, phones."""

from __future__ import annotations

import datetime as dt
import random

from xueji_lib.demo import person_names
from xueji_lib.demo.model import DemoStudent

COUNTY = "示范县"
AREA_CODES = ("640422", "640422", "640422", "640422", "640402", "640522", "620821")
TOWNSHIPS = (
    "云台镇", "白杨镇", "清泉乡", "红崖乡", "沙沟镇", "月亮乡", "石桥乡", "双堡镇",
    "北塬乡", "南湾镇", "杏花乡", "柳树乡", "大滩镇", "新营乡", "东岭乡", "西坪乡",
)  # fmt: skip
_VILLAGES = ("向阳村", "团结村", "和平村", "新民村", "上河村", "下河村", "高台村", "杨家洼村")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def check_digit(first17: str) -> str:
    """The check digit of an ID number (GB 11643—1999, ISO 7064 MOD 11-2); ``first17``: its first 17 digits."""
    return "10X98765432"[sum(int(c) * w for c, w in zip(first17, _WEIGHTS, strict=True)) % 11]


def wrong_digit(number: str) -> str:
    """The same number with a check digit that is wrong (never 0: three zeros would look like Excel's work)."""
    return number[:-1] + ("1" if number[-1] != "1" else "2")


class People:
    """Makes children; no two share a number, a phone, or name with sex and birthday."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self._numbers: set[str] = set()
        self._same: set[tuple[str, str, dt.date]] = set()
        self._phones = 0

    def number(self, birth: dt.date, sex: str, area: str | None = None) -> str:
        """A new ID number of this birthday and sex."""
        while True:
            serial = self.rng.randrange(0, 500) * 2 + (sex == "男")
            first17 = f"{area or self.rng.choice(AREA_CODES)}{birth:%Y%m%d}{serial:03d}"
            number = first17 + check_digit(first17)
            if number not in self._numbers:
                self._numbers.add(number)
                return number

    def phone(self) -> str:
        """A new phone number of eleven digits."""
        self._phones += 1
        return f"1990{self._phones * 7 % 10_000_000:07d}"

    def birth(self, grade: int) -> dt.date:
        """A birthday that fits a grade of 2026-2027: grade + 5 or + 6 years old on 2026-08-31."""
        years = grade + 5 + (self.rng.random() < 0.08)
        return dt.date(2026 - years - 1, 9, 1) + dt.timedelta(days=self.rng.randrange(365))

    def child(
        self,
        grade: int,
        township: str,
        *,
        birth: dt.date | None = None,
        sex: str | None = None,
        name: str | None = None,
    ) -> DemoStudent:
        """A child of school age, on no register yet."""
        rng = self.rng
        sex = sex or ("男" if rng.random() < 0.52 else "女")
        birth = birth or self.birth(grade)
        hui = rng.random() < 0.55
        ethnicity = "回族" if hui else "汉族" if rng.random() < 0.98 else rng.choice(("满族", "东乡族", "蒙古族"))
        fixed = name
        while True:
            name = fixed or person_names.full_name(rng, sex, hui)
            if (name, sex, birth) not in self._same:
                break
            if fixed:
                birth += dt.timedelta(days=1)
        self._same.add((name, sex, birth))
        number = self.number(birth, sex)
        # A parent's surname; a dotted name keeps the part before the dot.
        guardian = person_names.adult_name(rng, name[0] if rng.random() < 0.7 else None)
        return DemoStudent(
            name=name,
            sex=sex,
            birth=birth,
            ethnicity=ethnicity,
            id_type="居民身份证",
            id_number=number,
            register_no=f"G{number}",
            township=township,
            address=f"{COUNTY}{township}{rng.choice(_VILLAGES)}{rng.randrange(1, 9)}组{rng.randrange(1, 120)}号",
            phone=self.phone(),
            guardian=guardian,
            guardian_phone=self.phone(),
            relation=rng.choice(("父亲", "母亲", "父亲", "祖父")),
            grade=grade,
        )
