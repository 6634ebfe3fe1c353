"""Makes the letters of this folder anew: ``python templates/letters/build.py [FOLDER]``.

The .docx files are what the kit renders and what an office edits in Word or WPS; this script is where their first form
comes from. Layout after GB/T 9704—2012: A4, margins 37/35/28/26 mm, 3号仿宋 22 lines of 28 characters,
title 2号小标宋, page numbers 4号宋体 between dashes, outside on odd and even pages. Fields are double curly braces,
as docxtpl takes them.
"""

from __future__ import annotations

import datetime as dt
import io
import sys
import zipfile
from pathlib import Path

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor

SONG, FANG, HEI, KAI, TITLE = "宋体", "仿宋_GB2312", "黑体", "楷体_GB2312", "方正小标宋简体"
ALTERNATIVES = {FANG: "仿宋", KAI: "楷体", TITLE: "华文中宋", HEI: "SimHei", SONG: "SimSun"}
"""What a computer without the font takes instead (w:altName)."""
SMALL = {"size": 14, "line": 25}
"""For papers that are to fit one page and are no official documents."""
PARAGRAPH_ORDER = (
    "pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr suppressLineNumbers pBdr shd tabs "
    "suppressAutoHyphens kinsoku wordWrap overflowPunct topLinePunct autoSpaceDE autoSpaceDN bidi adjustRightInd "
    "snapToGrid spacing ind contextualSpacing mirrorIndents suppressOverlap jc textDirection textAlignment "
    "textboxTightWrap outlineLvl divId cnfStyle rPr sectPr pPrChange"
).split()
RUN_ORDER = (
    "rStyle rFonts b bCs i iCs caps smallCaps strike dstrike outline shadow emboss imprint noProof snapToGrid vanish "
    "webHidden color spacing w kern position sz szCs highlight u effect bdr shd fitText vertAlign rtl cs em lang "
    "eastAsianLayout specVanish oMath"
).split()
"""ECMA-376, CT_PPr and CT_RPr."""
RED = RGBColor(0xC8, 0x10, 0x1E)
_STAMP = dt.datetime(2026, 1, 1)


class Letter:
    """A document under way. Text may hold fields and block tags ({%p … %} in a paragraph of its own)."""

    def __init__(self, title: str, *, landscape: bool = False) -> None:
        self.doc = Document()
        self._fonts()
        self._page()
        if landscape:  # for a list with many columns; the margins go round with the sheet
            self._turn()
        props = self.doc.core_properties
        props.title, props.author, props.last_modified_by, props.comments = title, "学籍检查工具箱", "", ""
        props.created = props.modified = _STAMP
        props.revision = 1

    # ---- set-up ----

    def _fonts(self) -> None:
        style = self.doc.styles["Normal"]
        style.font.size = Pt(16)
        self._font(style.element.get_or_add_rPr(), FANG)
        # 28 characters of 16 pt in 442 pt: a quarter of a point closer. A character grid would say the same, but
        # office programs do not agree on it.
        closer = OxmlElement("w:spacing")
        closer.set(qn("w:val"), "-5")
        style.element.get_or_add_rPr().append(closer)
        form = style.paragraph_format
        form.space_after = form.space_before = Pt(0)
        form.line_spacing = Pt(28.9)
        form.widow_control = False
        entries = "".join(
            f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="86"/>'
            '<w:family w:val="auto"/></w:font>'
            for name, other in ALTERNATIVES.items()
        )
        for part in self.doc.part.package.parts:
            if str(part.partname) == "/word/fontTable.xml":
                head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
                xml = f"{head}<w:fonts {nsdecls('w')}>{entries}</w:fonts>"
                part._blob = xml.encode()
        # The default template carries a picture of itself.
        for key, rel in list(self.doc.part.package.rels.items()):
            if "thumbnail" in rel.reltype:
                del self.doc.part.package.rels[key]

    @staticmethod
    def _font(properties, name: str) -> None:
        fonts = properties.find(qn("w:rFonts"))
        if fonts is None:
            fonts = OxmlElement("w:rFonts")
            properties.insert(0, fonts)
        for key in list(fonts.attrib):
            del fonts.attrib[key]
        for key in ("ascii", "hAnsi", "eastAsia", "cs"):
            fonts.set(qn(f"w:{key}"), name)

    def _turn(self) -> None:
        section = self.doc.sections[0]
        section.orientation = WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = Mm(297), Mm(210)
        # The heading lies towards the binding, as the standard has it for a table across.
        section.top_margin, section.bottom_margin = Mm(28), Mm(26)
        section.left_margin, section.right_margin = Mm(37), Mm(35)
        section.footer_distance = Mm(15)

    def _page(self) -> None:
        section = self.doc.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.top_margin, section.bottom_margin = Mm(37), Mm(35)
        section.left_margin, section.right_margin = Mm(28), Mm(26)
        section.header_distance, section.footer_distance = Mm(15), Mm(24)
        properties = section._sectPr
        for old in properties.findall(qn("w:docGrid")):
            properties.remove(old)
        grid = OxmlElement("w:docGrid")
        grid.set(qn("w:type"), "lines")
        grid.set(qn("w:linePitch"), "579")
        properties.append(grid)
        self.doc.settings.odd_and_even_pages_header_footer = True
        for footer, align, side in (
            (section.footer, ALIGN.RIGHT, "right"),
            (section.even_page_footer, ALIGN.LEFT, "left"),
        ):
            footer.is_linked_to_previous = False
            paragraph = footer.paragraphs[0]
            paragraph.alignment = align
            self._indent(paragraph, **{f"{side}Chars": 100})
            for piece in ("— ", None, " —"):
                run = paragraph.add_run(piece or "")
                run.font.size = Pt(14)
                self._font(run._r.get_or_add_rPr(), SONG)
                if piece is None:
                    self._page_number(run)

    @staticmethod
    def _page_number(run) -> None:
        for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
            if kind:
                mark = OxmlElement("w:fldChar")
                mark.set(qn("w:fldCharType"), kind)
            else:
                mark = OxmlElement("w:instrText")
                mark.set(qn("xml:space"), "preserve")
                mark.text = text
            run._r.append(mark)

    @staticmethod
    def _indent(paragraph, **chars: int) -> None:
        properties = paragraph._p.get_or_add_pPr()
        indent = properties.find(qn("w:ind"))
        if indent is None:
            indent = OxmlElement("w:ind")
            properties.append(indent)
        for name, value in chars.items():
            indent.set(qn(f"w:{name}"), str(value))
            indent.set(qn(f"w:{name.removesuffix('Chars')}"), str(int(value * 3.2)))

    # ---- pieces ----

    def paragraph(
        self, text, font=FANG, size=16.0, align=None, bold=False, color=None, right=0, first=0, left=0, hang=0,
        keep=False, line=None, before=0, break_before=False,
    ):  # fmt: skip
        paragraph = self.doc.add_paragraph()
        self._run(paragraph, text, font, size, bold, color)
        if align is not None:
            paragraph.alignment = align
        if first:
            self._indent(paragraph, firstLineChars=first)
        if right:
            self._indent(paragraph, rightChars=right)
        if left:
            self._indent(paragraph, leftChars=left)
        if hang:
            self._indent(paragraph, hangingChars=hang)
        form = paragraph.paragraph_format
        form.keep_with_next = keep or None
        form.page_break_before = break_before or None
        if line:
            form.line_spacing = Pt(line)
            paragraph._p.get_or_add_pPr().append(self._off_grid())
        if before:
            form.space_before = Pt(before)
        return paragraph

    def _run(self, paragraph, text, font=FANG, size=16.0, bold=False, color=None):
        run = paragraph.add_run(text)
        run.font.size = Pt(size)
        run.font.bold = bold or None
        if color is not None:
            run.font.color.rgb = color
        if font != FANG:
            self._font(run._r.get_or_add_rPr(), font)
        return run

    @staticmethod
    def _off_grid():
        """Lines as high as they are asked to be, not as the page's grid has them."""
        snap = OxmlElement("w:snapToGrid")
        snap.set(qn("w:val"), "0")
        return snap

    def body(self, text: str, **more):
        return self.paragraph(text, first=200, **more)

    def tag(self, text: str) -> None:
        """A block tag; its paragraph vanishes."""
        self.doc.add_paragraph().add_run("{%p " + text + " %}")

    def head(self, number_field: str) -> None:
        """红头 (optional), 发文字号, the red line."""
        self.tag("if 红头")
        self.paragraph("{{ 红头 }}", TITLE, 30, ALIGN.CENTER, color=RED, line=44)
        self.paragraph("", line=18)
        self.paragraph(f"{{{{ {number_field} }}}}", FANG, 16, ALIGN.CENTER)
        line = self.paragraph("", line=6, size=4)
        border = parse_xml(
            f'<w:pBdr {nsdecls("w")}><w:bottom w:val="single" w:sz="18" w:space="1" w:color="C8101E"/></w:pBdr>'
        )
        line._p.get_or_add_pPr().append(border)
        self.tag("else")
        self.paragraph(f"{{{{ {number_field} }}}}", FANG, 16, ALIGN.RIGHT)
        self.tag("endif")

    def title(self, *lines: str, break_before: bool = False) -> None:
        self.paragraph("", line=20, break_before=break_before)
        for text in lines:
            self.paragraph(text, TITLE, 22, ALIGN.CENTER, line=34, keep=True)
        self.paragraph("", line=20)

    def draft(self) -> None:
        self.tag("if 草稿")
        self.paragraph("{{ 草稿字样 }}", HEI, 16, ALIGN.CENTER, color=RED)
        self.paragraph("{{ 草稿说明 }}", KAI, 14, ALIGN.CENTER, color=RED, line=22)
        self.tag("endif")

    def sign(self, office: str = "{{ 落款 }}", day: str = "{{ 成文日期 }}") -> None:
        self.paragraph("", keep=True, line=24)
        self.paragraph(office, align=ALIGN.RIGHT, right=400, keep=True)
        self.paragraph(day, align=ALIGN.RIGHT, right=400)

    def trail(self) -> None:
        """Where the sign-off stands in the audit trail, small, below a letter that rests on one."""
        self.tag("if 留痕")
        self.paragraph("核查台账{{ 留痕 }}", size=10.5, line=18, before=6)
        self.tag("endif")

    def table(self, heads, cells, widths, *, loop="", size=10.5, head_size=10.5, line=15.0) -> None:
        """A bordered list: headings repeated on every page; ``loop``: the for of its rows. Widths in mm."""
        table = self.doc.add_table(rows=0, cols=len(heads))
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        table.style = "Table Grid"
        self._columns(table, widths)
        self._row(table, heads, widths, HEI, head_size, line, centre=True, header=True)
        if loop:
            self._row(table, ["{%tr " + loop + " %}", *[""] * (len(heads) - 1)], widths, FANG, size, line)
        self._row(table, cells, widths, FANG, size, line)
        if loop:
            self._row(table, ["{%tr endfor %}", *[""] * (len(heads) - 1)], widths, FANG, size, line)

    def form(self, rows, widths, *, height=11.0, size=14.0) -> None:
        """Label and value in pairs; a row of two cells spans the rest with its value. Widths in mm."""
        table = self.doc.add_table(rows=0, cols=len(widths))
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        table.style = "Table Grid"
        self._columns(table, widths)
        for number, texts in enumerate(rows, 1):
            full = [*texts, *[""] * (len(widths) - len(texts))]
            row = self._row(table, full, widths, FANG, size, 22)
            row.height = Mm(height if len(texts[-1]) < 60 else height * 2)
            if len(texts) < len(widths):
                row.cells[len(texts) - 1].merge(row.cells[-1])
            for cell in row.cells if number < len(rows) else ():  # a form to sign is not divided
                for paragraph in cell.paragraphs:
                    paragraph.paragraph_format.keep_with_next = True

    @staticmethod
    def _columns(table, widths) -> None:
        table.autofit = False
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Mm(width)

    def _row(self, table, texts, widths, font, size, line, centre=False, header=False):
        row = table.add_row()
        cannot = OxmlElement("w:cantSplit")
        row._tr.get_or_add_trPr().append(cannot)
        if header:
            mark = OxmlElement("w:tblHeader")
            mark.set(qn("w:val"), "true")
            row._tr.get_or_add_trPr().append(mark)
        for cell, text, width in zip(row.cells, texts, widths, strict=True):
            cell.width = Mm(width)
            cell.vertical_alignment = 1
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.line_spacing = Pt(line)
            paragraph._p.get_or_add_pPr().append(self._off_grid())
            if centre:
                paragraph.alignment = ALIGN.CENTER
            self._run(paragraph, text, font, size)
        return row

    def pictures(self, cells, widths, loop, *, height=0.0, size=9.0, keep=False) -> None:
        """A row for each of ``loop``; a cell is a picture and the words below it. Lines are as high as what stands in
        them: one of a fixed height would cut a picture off. ``keep``: all rows on one page. Widths in mm."""
        table = self.doc.add_table(rows=0, cols=len(cells))
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        table.style = "Table Grid"
        self._columns(table, widths)
        for tag in ("for " + loop, "", "endfor"):
            texts = [("{%tr " + tag + " %}" if tag else "", "")] + [("", "")] * (len(cells) - 1) if tag else cells
            row = self._row(table, [""] * len(cells), widths, FANG, size, 12)
            if height and not tag:
                row.height = Mm(height)
            for cell, (picture, words) in zip(row.cells, texts, strict=True):
                for place, text in enumerate(part for part in (picture, words) if part):
                    paragraph = cell.paragraphs[0] if not place else cell.add_paragraph()
                    for old in paragraph._p.findall(qn("w:pPr")):
                        paragraph._p.remove(old)
                    paragraph.paragraph_format.line_spacing = 1.0
                    paragraph.paragraph_format.space_before = Pt(3)
                    paragraph.paragraph_format.keep_with_next = keep or None
                    paragraph._p.get_or_add_pPr().append(self._off_grid())
                    self._run(paragraph, text, FANG, size)

    def receipt(self, document: str) -> None:
        """送达回执, on a page of its own."""
        self.title("送 达 回 执", break_before=True)
        self.form(
            [
                ["送达文书", document],
                ["文书字号", "{{ 文号 }}"],
                ["受送达单位（人）", "{{ 受送达人 }}"],
                ["送达方式", "□直接　□留置　□邮寄　□其他："],
                ["送达地点", ""],
                ["送达日期", "　　　　年　　月　　日　　时"],
                ["受送达人签收", "（签章）　　　　　　年　　月　　日"],
                ["代收人、与受送达人关系", ""],
                ["拒收事由、见证人", ""],
                ["送达人（两人）", ""],
                ["备注", ""],
            ],
            [58, 98],
            height=14,
        )
        self.paragraph("本回执由送达人收回存档。", size=12, line=22, before=6)

    def _in_order(self) -> None:
        """Properties in the order of the schema: Word takes a file with others for damaged."""
        section = self.doc.sections[0]
        roots = [self.doc.element, self.doc.styles.element, section.footer._element, section.even_page_footer._element]
        for root in roots:
            for name, order in (("w:pPr", PARAGRAPH_ORDER), ("w:rPr", RUN_ORDER)):
                for properties in root.iter(qn(name)):
                    properties[:] = sorted(properties, key=lambda child: order.index(child.tag.split("}")[1]))

    def save(self, file: Path) -> None:
        """The same bytes each time: a zip carries the time of its making."""
        self._in_order()
        buffer = io.BytesIO()
        self.doc.save(buffer)
        file.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(buffer) as made, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as out:
            for name in made.namelist():
                out.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), made.read(name), zipfile.ZIP_DEFLATED)


# ---- the letters ----


def rectify() -> Letter:
    letter = Letter("限期整改通知书")
    letter.head("文号")
    letter.title("限期整改通知书")
    letter.draft()
    letter.paragraph("{{ 学校名称 }}：")
    letter.tag("if 问题合计")
    letter.body(
        "根据{{ 通知文件 }}，县教育体育局以{{ 基准日 }}为检查基准日，对你校{{ 学期 }}学籍管理情况进行了核查。"
        "经核查{{ 认定用语 }}，你校存在下列问题，共{{ 问题合计 }}条，现责令限期整改（序号照通知三(四)所列情形）。"
    )
    letter.tag("for 类 in 违规情形")
    letter.body("{{ 类.序号 }}、{{ 类.名称 }}（{{ 类.条数 }}条）", font=HEI, keep=True)
    letter.tag("for 项 in 类.问题")
    letter.body(
        "{{ 项.序号 }}．{{ 项.名称 }}，{{ 项.条数 }}条。依据：通知{{ 项.依据 }}。整改要求：{{ 项.整改要求 }}。"
        "{% if 项.期限 %}限{{ 项.期限 }}前完成。{% endif %}"
    )
    letter.tag("endfor")
    letter.tag("endfor")
    letter.body(
        "你校要逐条查明原因，落实责任人，按期整改，{% if 最迟期限 %}并于{{ 最迟期限 }}前{% else %}并按期{% endif %}"
        "将填好的《学籍问题台账》和书面整改报告（校长签字、加盖公章）报县教育体育局{{ 承办科室 }}。"
        "对问题有异议的，在收到本通知书之日起 3 个工作日内书面说明，并附证明材料。"
    )
    letter.body(
        "逾期不整改或者整改不到位的，按照通知三(四)予以通报批评，约谈主要负责人；情节严重的，追究相关人员责任。"
    )
    letter.tag("if 附注")
    letter.body("{{ 附注 }}")
    letter.tag("endif")
    letter.body("联系人：{{ 联系人 }}　　联系电话：{{ 联系电话 }}", keep=True)
    letter.body("附件：问题清单", before=10, keep=True)
    letter.tag("else")
    letter.body("{{ 无问题说明 }}")
    letter.tag("endif")
    letter.sign()
    letter.trail()
    letter.tag("if 问题合计")
    letter.paragraph("附件", HEI, break_before=True)
    letter.paragraph("问题清单", TITLE, 22, ALIGN.CENTER, line=34)
    letter.paragraph("学校：{{ 学校名称 }}　　共 {{ 问题合计 }} 条", size=12, line=22)
    letter.table(
        ["序号", "班级", "学生", "问题", "证据", "整改期限"],
        ["{{ 条.序号 }}", "{{ 条.班级 }}", "{{ 条.学生 }}", "{{ 条.问题 }}", "{{ 条.证据 }}", "{{ 条.期限 }}"],
        [11, 20, 21, 31, 49, 24],
        loop="for 条 in 清单",
        size=9,
        line=12.5,
    )
    letter.receipt("限期整改通知书")
    letter.tag("endif")
    return letter


def interview() -> Letter:
    letter = Letter("约谈通知书")
    letter.head("文号")
    letter.title("约谈通知书")
    letter.draft()
    letter.paragraph("{{ 学校名称 }}：")
    letter.body(
        "县教育体育局对你校{{ 学期 }}学籍管理情况进行了核查（检查基准日{{ 基准日 }}），"
        "经督查人员核实，属实的问题{{ 问题合计 }}条。"
    )
    letter.body("约谈事由：{{ 事由 }}。")
    letter.body("根据{{ 通知文件 }}三(四)，决定对你校主要负责人进行约谈。现将有关事项通知如下：")
    letter.body("一、约谈对象", font=HEI, keep=True)
    letter.body("{{ 约谈对象 }}，分管学籍副校长、学籍管理员一并参加。")
    letter.body("二、时间、地点", font=HEI, keep=True)
    letter.body("时间：　　　　年　　月　　日　　时　　分")
    letter.body("地点：{{ 约谈地点 }}")
    letter.body("三、需携带的材料", font=HEI, keep=True)
    letter.tag("for 材料 in 携带材料")
    letter.body("{{ 材料.序号 }}．{{ 材料.名称 }}")
    letter.tag("endfor")
    letter.body("请准时参加，不得委托他人。确有特殊情况不能参加的，提前书面说明。")
    letter.body("联系人：{{ 联系人 }}　　联系电话：{{ 联系电话 }}", keep=True)
    letter.sign()
    letter.trail()
    letter.receipt("约谈通知书")
    return letter


def correction() -> Letter:
    letter = Letter("更正通知")
    letter.head("文号")
    letter.title("更　正　通　知")
    letter.draft()
    letter.paragraph("{{ 学校名称 }}：")
    letter.body(
        "经复核，县教育体育局{{ 原文书 }}所列你校{{ 学期 }}学籍管理问题中，"
        "有{{ 更正合计 }}条不再认定属实，现予更正（见附件）。原文书的这些内容不再作为责令整改、通报批评和处理的依据，"
        "不再要求你校整改；其余内容仍然有效。"
    )
    letter.body("已按原文书作出的整改，请保留材料。由此给你校和有关学生、家长造成的不便，请做好解释。")
    letter.body("联系人：{{ 联系人 }}　　联系电话：{{ 联系电话 }}", keep=True)
    letter.body("附件：更正清单", before=10, keep=True)
    letter.sign()
    letter.trail()
    letter.paragraph("附件", HEI, break_before=True)
    letter.paragraph("更正清单", TITLE, 22, ALIGN.CENTER, line=34)
    letter.paragraph("学校：{{ 学校名称 }}　　共 {{ 更正合计 }} 条", size=12, line=22)
    names = ("序号", "班级", "学生", "问题", "原文书", "现认定", "说明")
    letter.table(
        ["序号", "班级", "学生", "原列问题", "原文书", "现在的认定", "理由"],
        [f"{{{{ 条.{name} }}}}" for name in names],
        [11, 18, 20, 32, 35, 18, 22],
        loop="for 条 in 更正",
        size=9,
        line=12.5,
    )
    letter.receipt("更正通知")
    return letter


def bulletin() -> Letter:
    letter = Letter("通报")
    letter.head("文号")
    letter.title("关于{{ 学期 }}", "中小学学籍管理专项督查情况的通报")
    letter.draft()
    letter.paragraph("{{ 主送 }}：")
    letter.body(
        "根据{{ 通知文件 }}，县教育体育局以{{ 基准日 }}为检查基准日，"
        "对全县{{ 学校数 }}所学校{{ 学期 }}学籍管理情况进行了专项督查。"
        "现将有关情况通报如下："
    )
    letter.body("一、基本情况", font=HEI, keep=True)
    letter.body(
        "全县在籍学生{{ 在籍人数 }}人。按学籍名册与逐班核对表比对，在籍不在校{{ 在籍不在校 }}人，"
        "在校不在籍{{ 在校不在籍 }}人。"
        "{{ 未核对说明 }}"
    )
    letter.body("{{ 问题概述 }}")
    letter.body("二、存在的主要问题", font=HEI, keep=True)
    letter.tag("for 类 in 违规情形")
    letter.body(
        "（{{ 类.序号 }}）{{ 类.名称 }}。涉及{{ 类.学校数 }}所学校、{{ 类.条数 }}条"
        "{% if 类.主要问题 %}，主要是：{{ 类.主要问题 }}{% endif %}。"
    )
    letter.tag("endfor")
    letter.tag("if 没有查成")
    letter.body("{{ 没有查成 }}")
    letter.tag("endif")
    letter.body("三、有关要求", font=HEI, keep=True)
    letter.body(
        "（一）限期整改。各学校要对照本校《学籍问题台账》和《限期整改通知书》，逐条查明原因，"
        "按期整改，并将整改报告报县教育体育局{{ 承办科室 }}。"
    )
    letter.body(
        "（二）落实“人籍一致”“籍随人走”。按照附件1逐人核清在籍不在校、在校不在籍学生，及时办理手续或者清退；"
        "疑似辍学的，及时上报户籍所在地乡镇政府，由乡镇政府发放《义务教育阶段学生限期复学通知书》。"
        "初中学校要把控辍保学放在首位。"
    )
    letter.body("（三）压实责任。校长是学籍管理第一责任人。整改不力的，约谈主要负责人；情节严重的，追究相关人员责任。")
    letter.body("附件：各学校情况一览表", before=10, keep=True)
    letter.sign()
    letter.trail()
    letter.tag("if 抄送")
    line = letter.paragraph("抄送：{{ 抄送 }}。", size=14, line=22, before=12)
    border = parse_xml(
        f'<w:pBdr {nsdecls("w")}><w:top w:val="single" w:sz="8" w:space="2" w:color="000000"/>'
        f'<w:bottom w:val="single" w:sz="8" w:space="2" w:color="000000"/></w:pBdr>'
    )
    line._p.get_or_add_pPr().append(border)
    letter.tag("endif")
    letter.paragraph("附件", HEI, break_before=True)
    letter.paragraph("各学校情况一览表", TITLE, 22, ALIGN.CENTER, line=34)
    letter.paragraph("{{ 一览表说明 }}", size=12, line=18)
    letter.table(
        ["序号", "学校", "所属乡镇", "在籍", "在籍不在校", "在校不在籍", "{{ 条数表头 }}", "其中严重", "处理意见"],
        [
            *(f"{{{{ 校.{name} }}}}" for name in ("序号", "名称", "乡镇", "在籍", "在籍不在校", "在校不在籍")),
            "{{ 校.条数 }}", "{{ 校.严重 }}", "{{ 校.措施 }}",
        ],
        [10, 41, 18, 13, 14, 14, 13, 12, 21],
        loop="for 校 in 各校",
        size=9,
        line=12.5,
    )  # fmt: skip
    return letter


def return_to_school() -> Letter:
    letter = Letter("义务教育阶段学生限期复学通知书")
    letter.paragraph("{{ 文号 }}", align=ALIGN.RIGHT)
    letter.title("义务教育阶段学生限期复学通知书")
    letter.paragraph("{{ 监护人 }}：")
    letter.body(
        "你监护的学生{{ 学生姓名 }}（性别：{{ 性别 }}，身份证件号：{{ 身份证件号 }}，全国学籍号：{{ 全国学籍号 }}），"
        "学籍在{{ 学校名称 }}{{ 班级 }}，现住址：{{ 现住址 }}。"
        "{% if 发现日期 %}该生自{{ 发现日期 }}起{% else %}该生现{% endif %}未到校就读，{{ 未到校情况 }}。"
    )
    letter.body("根据下列法律规定：")
    letter.tag("for 法条 in 法律依据")
    letter.body("{{ 法条.内容 }}")
    letter.tag("endfor")
    letter.body(
        "现通知你自收到本通知书之日起{{ 复学天数 }}日内，送该生到{{ 学校名称 }}复学。确因身体原因不能到校的，"
        "请持县级以上医疗机构证明到学校办理休学，或者由学校安排送教上门；有其他困难的，请与学校或者本乡镇人民政府联系。"
    )
    letter.body("逾期不送其复学又无正当理由的，将依法给予批评教育，责令限期改正。")
    letter.body("学校联系人：{{ 学校联系人 }}　　县教育体育局联系电话：{{ 联系电话 }}", keep=True)
    letter.sign("{{ 乡镇 }}人民政府（盖章）", "　　　　年　　月　　日")
    letter.receipt("义务教育阶段学生限期复学通知书")
    letter.title("存　　根", break_before=True)
    letter.form(
        [
            ["文书字号", "{{ 文号 }}"],
            ["学生姓名", "{{ 学生姓名 }}"],
            ["身份证件号", "{{ 身份证件号 }}"],
            ["学校、班级", "{{ 学校名称 }} {{ 班级 }}"],
            ["监护人", "{{ 监护人 }}"],
            ["户籍乡镇", "{{ 乡镇 }}"],
            ["上报乡镇日期", "{{ 上报乡镇日期 }}"],
            ["劝返次数", "{{ 劝返次数 }}"],
            ["发放日期", "　　　　年　　月　　日"],
            ["限期复学日期", "　　　　年　　月　　日"],
            ["复学情况", "□已复学　□未复学　□送教上门　□其他："],
            ["经办人", ""],
        ],
        [48, 108],
        height=13,
    )
    return letter


def home_teaching() -> Letter:
    letter = Letter("送教上门学生名单", landscape=True)
    letter.title("送教上门学生名单")
    letter.paragraph("{{ 范围 }}　　{{ 学期 }}　　基准日 {{ 基准日 }}", size=12, line=22)
    letter.paragraph(
        "名单取自逐班核对表情形为“重度残疾不能到校”的在籍学生，共 {{ 人数 }} 人。是否需要送教、"
        "怎样送教，由学校逐人核实填写。",
        size=12, line=18,
    )  # fmt: skip
    letter.table(
        ["序号", "学校", "班级", "学生", "遮盖证件号", "学校说明", "送教教师", "每周次数", "起始日期"],
        [
            *(f"{{{{ 生.{name} }}}}" for name in ("序号", "学校", "班级", "姓名", "遮盖证件号", "说明")), "", "", "",
        ],
        [11, 40, 25, 17, 42, 38, 18, 17, 17],
        loop="for 生 in 学生",
        size=10.5,
        line=16,
    )  # fmt: skip
    letter.body("以上名单由学校逐人核实、填写，内容属实。", size=12, line=24, before=8, keep=True)
    letter.body("学校负责人（签字）：　　　　　　　填表日期：　　　　年　　月　　日", size=12, line=30)
    return letter


def lost_children() -> Letter:
    letter = Letter("疑似失学学生统计表")
    letter.tag("for 期 in 各期")
    letter.paragraph("疑似失学学生统计表", TITLE, 22, ALIGN.CENTER, line=34, keep=True, break_before=True)
    letter.paragraph("（{{ 期.种类 }}　{{ 期.名称 }}）", KAI, 16, ALIGN.CENTER, line=30, keep=True)
    letter.paragraph(
        "{{ 期.起 }} 至 {{ 期.止 }}{% if 期.未满 %}（本期未满，截至基准日）{% endif %}　"
        "报送期限 {{ 期.报送期限 }}",
        size=11, line=20,
    )  # fmt: skip
    letter.table(
        ["年级", "残疾", "留守", "孤儿", "单亲", "其他", "未填", "合计"],
        [f"{{{{ 行.{name} }}}}" for name in ("年级", "残疾", "留守", "孤儿", "单亲", "其他", "未填", "合计")],
        [30, 18, 18, 18, 18, 18, 18, 18],
        loop="for 行 in 期.行",
        size=11, line=16.5,
    )  # fmt: skip
    letter.paragraph("", line=12)
    letter.table(
        ["项目", "人数"],
        ["{{ 项.名称 }}", "{{ 项.人数 }}"],
        [120, 36],
        loop="for 项 in 期.项目",
        size=11, line=16.5,
    )  # fmt: skip
    letter.paragraph("{{ 说明 }}", size=11, line=17, before=6, keep=True)
    letter.tag("if 待确认")
    letter.paragraph("{{ 待确认 }}", size=11, line=17, keep=True)
    letter.tag("endif")
    letter.paragraph("{{ 落款 }}（盖章）　负责人：　　　　填表人：　　　　{{ 成文日期 }}", size=11, line=20, before=10)
    letter.tag("endfor")
    letter.title("各乡镇疑似失学学生人数", break_before=True)
    letter.paragraph("{{ 学期 }}　　基准日 {{ 基准日 }}　　共 {{ 人数 }} 人", size=12, line=22)
    letter.table(
        ["序号", "乡镇", "人数", "查到在他校", "已列入劝返台账", "下一步已过期限"],
        [f"{{{{ 镇.{name} }}}}" for name in ("序号", "名称", "人数", "在他校", "在台账", "过期限")],
        [14, 50, 20, 24, 24, 24],
        loop="for 镇 in 各乡镇",
        size=11, line=16.5,
    )  # fmt: skip
    return letter


def pledge() -> Letter:
    letter = Letter("学籍管理员安全保密承诺书")
    letter.title("学籍管理员安全保密承诺书", "（{{ 学年 }}学年）")
    letter.body(
        "根据{{ 通知文件 }}三(二)“每学年，学校要和学籍管理员签定安全保密承诺书”的要求，"
        "本人作为{{ 学校名称 }}学籍管理员，郑重承诺：",
        **SMALL,
    )
    letter.tag("for 条 in 承诺事项")
    letter.body("{{ 条.序号 }}、{{ 条.内容 }}", **SMALL)
    letter.tag("endfor")
    letter.body("本人违反上述承诺的，愿意承担相应责任。", keep=True, **SMALL)
    letter.body("本承诺书一式两份，学校、学籍管理员各存一份。", keep=True, **SMALL)
    letter.paragraph("", line=14, keep=True)
    letter.body("承诺人（学籍管理员）：{{ 学籍管理员 }}　　签字：", keep=True, **SMALL)
    letter.body("学校负责人：{{ 校长 }}　　签字：", keep=True, **SMALL)
    letter.paragraph("（学校盖章）", align=ALIGN.RIGHT, right=400, keep=True)
    letter.paragraph("年　　月　　日", align=ALIGN.RIGHT, right=400)
    return letter


def checklists() -> Letter:
    letter = Letter("学籍业务一次办好材料清单")
    letter.tag("for 项 in 业务")
    letter.title("{{ 项.名称 }}一次办好材料清单", break_before=True)
    letter.body("谁来办：{{ 项.谁来办 }}", **SMALL)
    letter.body("什么时候办：{{ 项.何时办 }}", **SMALL)
    for head, field in (("办理条件", "条件"), ("请带这些材料（原件到校现场审核一次）", "材料"), ("怎样办", "步骤")):
        letter.body(head, font=HEI, keep=True, **SMALL)
        letter.tag(f"for 条 in 项.{field}")
        letter.body(("□ " if field == "材料" else "") + "{{ 条.序号 }}．{{ 条.内容 }}", **SMALL)
        letter.tag("endfor")
    letter.body("除到学校现场审核一次外，其余流程由学校统一办理，家长不用再跑。", font=KAI, **SMALL)
    letter.body("咨询电话：{{ 联系电话 }}（{{ 落款 }}{{ 承办科室 }}）", **SMALL)
    letter.tag("endfor")
    return letter


def slip() -> Letter:
    letter = Letter("表册退回单")
    section = letter.doc.sections[0]
    section.top_margin, section.bottom_margin = Mm(22), Mm(22)
    section.left_margin, section.right_margin = Mm(20), Mm(20)
    section.footer_distance = Mm(12)
    letter.paragraph("表册退回单", TITLE, 22, ALIGN.CENTER, line=32)
    letter.paragraph("{{ 学校名称 }}（{{ 学校标识码 }}）", HEI, 14, ALIGN.CENTER, line=24)
    letter.paragraph("{{ 学期 }}　　收件 {{ 收件时间 }}", size=12, align=ALIGN.CENTER, line=20)
    letter.paragraph("{{ 结论 }}", KAI, 13, line=22, before=4)
    letter.tag("for 条 in 说明")
    letter.paragraph("{{ 条.内容 }}", size=12, line=19)
    letter.tag("endfor")
    letter.tag("if 收下的")
    letter.paragraph("一、收下的", HEI, 13, line=24, before=6, keep=True)
    letter.table(
        ["序号", "表", "来自", "行数", "结果"],
        ["{{ 项.序号 }}", "{{ 项.表 }}", "{{ 项.来源 }}", "{{ 项.行数 }}", "{{ 项.结果 }}"],
        [14, 34, 83, 15, 24],
        loop="for 项 in 收下的",
        size=9.5,
        line=13,
    )
    letter.tag("endif")
    letter.tag("if 要改的")
    letter.paragraph("二、没有收下、要改的（逐格）", HEI, 13, line=24, before=6, keep=True)
    letter.table(
        ["序号", "文件、工作表", "行", "列", "问题（现值已遮盖）", "怎样改"],
        ["{{ 项.序号 }}", "{{ 项.位置 }}", "{{ 项.行 }}", "{{ 项.列 }}", "{{ 项.问题 }}", "{{ 项.改法 }}"],
        [14, 38, 20, 22, 42, 34],
        loop="for 项 in 要改的",
        size=9,
        line=12.5,
    )
    letter.tag("endif")
    letter.tag("if 附注")
    letter.paragraph("{{ 附注 }}", size=11, line=17, before=3)
    letter.tag("endif")
    letter.tag("if 还没有交")
    letter.paragraph("{% if 要改的 %}三{% else %}二{% endif %}、还没有交的", HEI, 13, line=24, before=6, keep=True)
    letter.paragraph("{{ 还没有交 }}", size=12, line=19, first=200)
    letter.tag("endif")
    letter.tag("if 要改的")
    letter.paragraph(
        "改好以后，只交改过的表就行：名册、逐班核对表只写要改的人、班也可以，其余照原来的保留。"
        "号码列请设为文本，不要用 Excel 打开 CSV 再存。",
        size=11, line=17, before=8, keep=True,
    )  # fmt: skip
    letter.tag("endif")
    letter.paragraph("本单里的号码都已遮盖。请按保密要求保管。", size=11, line=17, before=4, keep=True)
    letter.paragraph(
        "{{ 落款 }}{{ 承办科室 }}　　联系人：{{ 联系人 }}　　电话：{{ 联系电话 }}", size=11, line=18, align=ALIGN.RIGHT
    )
    return letter


def visit_plan() -> Letter:
    letter = Letter("学籍管理专项督查方案")
    letter.head("文号")
    letter.title("学籍管理专项督查方案")
    letter.paragraph("（{{ 学期 }}）", KAI, 16, ALIGN.CENTER)
    letter.body("为落实{{ 通知文件 }}三(四)“定期不定期开展学生学籍管理‘人籍不一致’专项督查”的要求，制定本方案。")
    letter.body("一、检查对象", font=HEI, keep=True)
    letter.body(
        "共 {{ 学校数 }} 所学校：按风险先后选定 {{ 风险数 }} 所，其余 {{ 备选数 }} 所中抽签选定 {{ 抽签数 }} 所，"
        "名单见附表。{{ 计分 }}。"
    )
    letter.body("二、时间和人员", font=HEI, keep=True)
    letter.body(
        "{{ 起 }}至{{ 止 }}。{% if 各组 %}督查人员抽签分为 {{ 组数 }} 组，交叉检查，应回避的学校不派：{% endif %}"
    )
    letter.tag("if 各组")
    letter.tag("for 组 in 各组")
    letter.body("第 {{ 组.序号 }} 组：{{ 组.成员 }}（{{ 组.学校数 }} 所）")
    letter.tag("endfor")
    letter.tag("endif")
    letter.tag("if 无人说明")
    letter.body("{{ 无人说明 }}", font=KAI)
    letter.tag("endif")
    letter.body("三、内容和方法", font=HEI, keep=True)
    for text in (
        "（一）进班点名。到校后抽取班级，当场点名，与名册、学校核对表比对，不在场的问明去向、看佐证。",
        "（二）抽样核对。按核查清单的抽样问题抽取学生，系统记录与纸质材料逐项核对；控辍保学一生一案逐人看。",
        "（三）回访。电话回访抽到的转学学生家长。",
        "（四）记录。当场填写现场检查记录，听取学校陈述，双方签字。",
    ):
        letter.body(text)
    letter.body("四、纪律", font=HEI, keep=True)
    letter.body(
        "督查人员不少于两人，与被检查学校有利害关系的应当回避；抽到的班级、学生不得事先告知学校；"
        "换下抽到的对象要写明理由；学生信息严格保密。"
    )
    letter.body("五、抽签", font=HEI, keep=True)
    letter.body(
        "种子：{{ 种子 }}。{{ 方法 }}。{{ 抽取人 }}抽取，本学期第 {{ 第几次 }} 次，记入留痕{{ 留痕 }}。", keep=True
    )
    letter.sign()
    letter.paragraph("附表　检查学校名单", HEI, 16, break_before=True, keep=True)
    letter.table(
        ["序号", "日期", "组", "学校", "乡镇", "怎样选出", "理由"],
        [f"{{{{ 校.{name} }}}}" for name in ("序号", "日期", "组", "名称", "乡镇", "方式", "理由")],
        [11, 20, 10, 38, 18, 17, 42],
        loop="for 校 in 各校",
        size=10, line=14,
    )  # fmt: skip
    return letter


def visit_record() -> Letter:
    letter = Letter("学籍管理现场检查记录")
    letter.paragraph("{{ 落款 }}", TITLE, 18, ALIGN.CENTER, line=30)
    letter.paragraph("学籍管理现场检查记录", TITLE, 22, ALIGN.CENTER, line=36)
    letter.paragraph("编号：{{ 编号 }}", size=12, align=ALIGN.RIGHT, line=22)
    letter.form(
        [
            ["被检查学校", "{{ 学校名称 }}（{{ 学校标识码 }}）{{ 乡镇 }}"],
            ["检查日期", "{{ 检查日期 }}"],
            ["检查人员", "{{ 检查人员 }}"],
            ["检查依据", "{{ 通知文件 }}三(四)"],
            ["所依方案", "{{ 方案 }}"],
        ],
        [32, 124],
        size=12,
    )

    def part(head: str, rows: str, empty: str) -> None:
        letter.paragraph(head, HEI, 14, line=26, before=8, keep=True)
        letter.tag(f"if not {rows}")
        letter.paragraph(empty, size=12, line=20, first=200)
        letter.tag("endif")
        letter.tag(f"if {rows}")

    part("一、进班点名", "点名", "没有点名。")
    letter.table(
        ["班级", "日期", "应到", "实到", "不在", "另有", "不在场的去向、情况"],
        [f"{{{{ 项.{name} }}}}" for name in ("班级", "日期", "应到", "实到", "不在", "多出", "情况")],
        [28, 20, 12, 12, 14, 14, 56],
        loop="for 项 in 点名", size=10, line=14,
    )  # fmt: skip
    letter.tag("endif")
    letter.tag("if 点名说明")
    letter.paragraph("{{ 点名说明 }}", size=10.5, line=17)
    letter.tag("endif")
    part("二、抽样", "抽样", "没有抽样。")
    letter.table(
        ["问题", "抽到的", "核对情况", "从哪里抽、换人、种子"],
        [f"{{{{ 项.{name} }}}}" for name in ("编号", "对象", "核对", "说明")],
        [14, 44, 52, 46],
        loop="for 项 in 抽样", size=10, line=14,
    )  # fmt: skip
    letter.tag("endif")
    part("三、现场核查的各问", "回答", "没有核查。")
    letter.table(
        ["编号", "问题", "结论", "说明"],
        [f"{{{{ 项.{name} }}}}" for name in ("编号", "问题", "结论", "说明")],
        [14, 70, 20, 52],
        loop="for 项 in 回答", size=10, line=14,
    )  # fmt: skip
    letter.tag("endif")
    letter.tag("if 没有填")
    letter.paragraph("{{ 没有填 }}", size=10.5, line=17)
    letter.tag("endif")
    part("四、现场发现", "发现", "核查台账里没有记入现场发现（点名看出来的，核查以后才列入）。")
    letter.table(
        ["序号", "问题", "班级、学生", "证据", "现在"],
        [f"{{{{ 项.{name} }}}}" for name in ("序号", "题目", "对象", "证据", "状态")],
        [11, 32, 28, 62, 23],
        loop="for 项 in 发现", size=10, line=14,
    )  # fmt: skip
    letter.paragraph(
        "以上是现场看到的，是否属实以认定为准；待学校说明的，学校在期限内可以说明或更正。", size=10.5, line=17
    )
    letter.tag("endif")
    letter.tag("if 照片 or 照片说明")
    letter.paragraph("五、照片", HEI, 14, line=26, before=8, keep=True)
    letter.tag("if 照片")
    letter.pictures(
        [("{{ 项.左图 }}", "{{ 项.左说明 }}"), ("{{ 项.右图 }}", "{{ 项.右说明 }}")], [78, 78], "项 in 照片"
    )
    letter.tag("endif")
    letter.tag("if 照片说明")
    letter.paragraph("{{ 照片说明 }}", size=10.5, line=17)
    letter.tag("endif")
    letter.tag("endif")
    letter.paragraph(
        "{% if 照片 or 照片说明 %}六{% else %}五{% endif %}、学校陈述意见", HEI, 14, line=26, before=8, keep=True
    )
    letter.tag("for 项 in 陈述")
    letter.paragraph("{{ 项.框 }} {{ 项.意见 }}{{ 项.说明 }}", size=12, line=22, left=100)
    letter.tag("endfor")
    letter.tag("if 没有陈述")
    for _ in range(4):
        letter.paragraph("", line=24, size=12)
    letter.tag("endif")
    letter.tag("if 签署时")
    letter.paragraph(
        "{% if 照片 or 照片说明 %}七{% else %}六{% endif %}、签署时还没有做的", HEI, 14, line=26, before=8, keep=True
    )
    letter.tag("endif")
    letter.tag("for 项 in 签署时")
    letter.paragraph("{{ 项.内容 }}", size=10.5, line=17)
    letter.tag("endfor")
    letter.paragraph(
        "{% if (照片 or 照片说明) and 签署时 %}八{% elif 照片 or 照片说明 or 签署时 %}七{% else %}六{% endif %}、签字",
        HEI, 14, line=26, before=8, keep=True,
    )  # fmt: skip
    letter.pictures(
        [("{{ 签.谁 }}", ""), ("{{ 签.图 }}", "{{ 签.姓名 }}　{{ 签.说明 }}"), ("", "{{ 签.日期 }}")],
        [30, 82, 44], "签 in 签字", height=15, size=12, keep=True,
    )  # fmt: skip
    letter.tag("if 签字说明")
    letter.paragraph("{{ 签字说明 }}", size=10.5, line=17, before=4)
    letter.tag("endif")
    letter.paragraph(
        "签字的写上姓名；拒绝签字的，写明情况和在场人。屏幕上的手写签名存在核查台账里，签的是下面校验值的内容：点名、"
        "抽样和逐人核对、各问的结论、现场记下的发现、照片、陈述意见；这些改动以后，签字作废重签。发现的处理情况、签署不在内。",
        size=10.5, line=17, before=4,
    )  # fmt: skip
    letter.paragraph(
        "本记录一式两份，教育局、学校各存一份。核查台账留痕{{ 留痕 }}；本记录校验值 {{ 记录校验值 }}。", size=10.5,
        line=17, before=6,
    )  # fmt: skip
    return letter


LETTERS = {
    "限期整改通知书": rectify,
    "约谈通知书": interview,
    "更正通知": correction,
    "通报": bulletin,
    "义务教育阶段学生限期复学通知书": return_to_school,
    "送教上门学生名单": home_teaching,
    "疑似失学学生统计表": lost_children,
    "保密承诺书": pledge,
    "一次办好材料清单": checklists,
    "退回单": slip,
    "督查方案": visit_plan,
    "现场检查记录": visit_record,
}


def main(folder: Path) -> None:
    for name, make in LETTERS.items():
        make().save(folder / f"{name}.docx")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
