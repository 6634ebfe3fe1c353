"""Realistic names. Surnames are pairwise different in toneless pinyin: another surname is never a homophone."""

from __future__ import annotations

import random

SURNAMES = "马王张李杨刘陈赵周田丁白金海哈纳撒苏吴黄何罗虎买安冯郭韩姚禹咸穆冶兰祁康高孙徐朱林沙锁"
_WEIGHTS = [30, 14, 12, 12, 12, 8, 6, 4, 4, 5, 4, 4, 4] + [2] * (len(SURNAMES) - 13)
_BOY = "明军伟强磊洋勇杰涛超鹏斌浩宇轩泽辰博文俊豪志远建国少华小龙学义正平晓东天佑嘉诚子睿思源"
_GIRL = "芳娜敏静丽艳娟霞秀英慧婷雪梅琳佳怡欣悦梦瑶诗涵雨桐晓燕玉兰春花美玲思颖若曦紫萱语嫣"
_RARE = "䶮堃喆犇垚淼翀骉"
_MUSLIM_BOY = ("穆罕默德", "优素福", "尔萨", "阿里", "伊布拉黑", "尤努斯", "舍尔巴尼")
_MUSLIM_GIRL = ("法图麦", "阿依舍", "索菲亚", "麦尔彦", "海底彻", "古丽")
_TEACHER = "建华国强秀兰志刚淑琴玉珍文忠海燕春梅学军永红彦虎世荣"


def full_name(rng: random.Random, sex: str, hui: bool) -> str:
    """A child's name: two or three characters, some with a rare one, some dotted (马·优素福)."""
    surname = rng.choices(SURNAMES, _WEIGHTS)[0]
    draw = rng.random()
    if hui and draw < 0.012:
        return f"{surname}·{rng.choice(_MUSLIM_BOY if sex == '男' else _MUSLIM_GIRL)}"
    pool = _BOY if sex == "男" else _GIRL
    if draw < 0.02:
        return surname + rng.choice(pool) + rng.choice(_RARE)
    if draw < 0.10:
        return surname + rng.choice(pool)
    return surname + rng.choice(pool) + rng.choice(pool)


def adult_name(rng: random.Random, surname: str | None = None) -> str:
    """A parent's or a teacher's name."""
    return (surname or rng.choices(SURNAMES, _WEIGHTS)[0]) + rng.choice(_TEACHER) + rng.choice(_TEACHER)


def stranger(rng: random.Random, sex: str, classmates: list[str]) -> str:
    """A name that differs from every classmate's in surname (a compound one if all are used) and in given name."""
    taken = {name[0] for name in classmates}
    free = [s for s in SURNAMES if s not in taken] or ["欧阳", "司徒", "上官"]
    pool = _BOY if sex == "男" else _GIRL
    while True:
        given = rng.choice(pool) + rng.choice(pool)
        if all(given != name[1:] for name in classmates):
            return rng.choice(free) + given
