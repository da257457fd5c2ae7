"""PDF page by page, and what text documents hold beside their paragraphs."""

import io
import os
import stat
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from textwrap import wrap

import pytest

from corpus.formats.office import epub, odt, properties, rtf
from corpus.formats.pdf import document as pdf_document
from corpus.formats.pdf import ocr
from corpus.provenance import Clue, Field
from corpus.reading.loader import load
from corpus.reading.results import Loaded, Skipped
from corpus.types import Document, Dropped
from tests.support import making
from tests.support.making import OTHER, PARAGRAPHS, rules_of


def put(folder: Path, data: bytes, name: str = "a.pdf") -> Loaded:
    (folder / name).write_bytes(data)
    (found,) = load(folder / name)
    assert isinstance(found, Loaded), found
    return found


def document(folder: Path, data: bytes, name: str = "a.pdf") -> Document:
    return put(folder, data, name).documents[0]


def page_of(found: Document, words: str) -> int | None:
    assert found.text.count(words) == 1
    return found.page(found.text.index(words))


# PDF


def test_pages_of_words(tmp_path: Path) -> None:
    found = document(tmp_path, making.pdf([[p] for p in PARAGRAPHS] + [[], [OTHER]]))
    assert len(found.pages) == 5
    assert page_of(found, "The ministers") == 1
    assert page_of(found, "The harvest") == 2
    assert page_of(found, "The millers") == 3
    assert page_of(found, "after eleven years") == 5
    assert found.page(0) == 1
    assert found.page(len(found.text) - 1) == 5


def test_a_header_with_the_page_number_goes_and_is_kept_with_the_reason(tmp_path: Path) -> None:
    found = put(tmp_path, making.pdf())
    assert "Report" not in found.documents[0].text
    assert "Page" not in found.documents[0].text
    assert found.parsed[0].dropped == (
        Dropped("The Grain Report", "at the top or bottom of 3 pages"),
        Dropped("Page 1\nPage 2\nPage 3", "at the top or bottom of 3 pages"),
    )


def test_a_single_page_keeps_its_first_line(tmp_path: Path) -> None:
    text = document(tmp_path, making.pdf([[PARAGRAPHS[0]]], header="A line of its own")).text
    assert "A line of its own" in text
    assert PARAGRAPHS[0] in text


def drawn(lines: list[tuple[float, float, str]], size: int = 11) -> bytes:
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    canvas.setFont("Helvetica", size)
    for left, bottom, words in lines:
        canvas.drawString(left, bottom, words)
    canvas.save()
    return out.getvalue()


def column(
    text: str, left: float, *, width: int = 40, top: float = 740
) -> list[tuple[float, float, str]]:
    return [(left, top - 14 * i, line) for i, line in enumerate(wrap(text, width))]


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        (["They ex-", "amined it."], "They examined it."),
        (["A long-", "term plan."], "A long-term plan."),
        (["A time-worn coin, a time-", "worn hat."], "A time-worn coin, a time-worn hat."),
        (["Anglo-", "Saxon words."], "Anglo-Saxon words."),
        (["From 1914-", "1918 it was so."], "From 1914-1918 it was so."),
        (["One line", "and the next."], "One line and the next."),
    ],
)
def test_hyphens_at_line_ends(tmp_path: Path, lines: list[str], wanted: str) -> None:
    filler = column(PARAGRAPHS[0], 72, top=600)
    placed = [(72.0, 740.0 - 14 * i, line) for i, line in enumerate(lines)]
    assert wanted in document(tmp_path, drawn(placed + filler)).text.replace("\n", " ")


def test_two_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    text = f"{PARAGRAPHS[0]} {PARAGRAPHS[1]}".replace("“", "").replace("”", "").replace("’", "")
    lines = wrap(text, 40)
    half = len(lines) // 2
    left = [(72.0, 740.0 - 14 * i, line) for i, line in enumerate(lines[:half])]
    right = [(320.0, 740.0 - 14 * i, line) for i, line in enumerate(lines[half:])]
    title = [
        (72.0, 770.0, "A title that stands over both of the columns of this page, and is wide")
    ]
    found = " ".join(document(tmp_path, drawn(title + left + right)).text.split())
    assert found.endswith(text)


def test_items_and_rows_stay_on_their_lines(tmp_path: Path) -> None:
    lines = ["• bread", "• butter", "1. first", "2. second"]
    placed = [(72.0, 500.0 - 14 * i, line) for i, line in enumerate(lines)]
    text = document(tmp_path, drawn(column(PARAGRAPHS[1], 72, width=80) + placed)).text
    assert text.endswith("• bread\n• butter\n1. first\n2. second")


def test_a_sentence_goes_on_over_the_page(tmp_path: Path) -> None:
    half = PARAGRAPHS[1].index("since the")
    pages = [[PARAGRAPHS[0], PARAGRAPHS[1][:half].strip()], [PARAGRAPHS[1][half:]], [PARAGRAPHS[2]]]
    found = document(tmp_path, making.pdf(pages))
    assert PARAGRAPHS[1] in found.text
    start = found.text.index(PARAGRAPHS[1])
    assert found.page(start + half - 2) == 1
    assert found.page(start + half) == 2


@pytest.mark.parametrize(
    ("title", "author", "wanted"),
    [
        ("Grain talks stall", "Ann Lee; Jo Park", ["Grain talks stall", "Ann Lee", "Jo Park"]),
        ("Microsoft Word - draft7.doc", "user", []),
        ("untitled", "Administrator", []),
        ("report_final.indd", "root", []),
        ("12345", "ann@paper.example", []),
    ],
)
def test_information_that_nobody_gave_is_none(title: str, author: str, wanted: list[str]) -> None:
    raw = pdf_document.read(making.pdf(title=title, author=author))
    assert [c.value for c in raw.clues if c.field in (Field.TITLE, Field.AUTHOR)] == wanted
    assert {clue.origin for clue in raw.clues} <= {"PDF information", "PDF information: created"}


def test_days_that_no_file_is_from_are_none() -> None:
    assert properties.file_made(datetime(1601, 1, 1), None, "x") == ()
    made, changed = datetime(2017, 10, 30), datetime(2018, 1, 2)
    assert properties.file_made(made, changed, "x") == (
        Clue(Field.FILE_MADE, "2017-10-30", "x: created"),
    )
    assert properties.file_made(None, changed, "x") == (
        Clue(Field.FILE_MADE, "2018-01-02", "x: changed"),
    )


def test_a_scan_needs_ocr(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found_on(str(tmp_path), monkeypatch)
    (tmp_path / "a.pdf").write_bytes(making.scan(3))
    (found,) = load(tmp_path / "a.pdf")
    assert isinstance(found, Skipped)
    assert found.reason == "needs OCR: no text on any of its 3 pages"


def found_on(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let programs be looked for there, anew."""
    monkeypatch.setenv("PATH", path)
    ocr.program.cache_clear()


@pytest.fixture(autouse=True)
def looked_for_anew() -> Iterator[None]:
    yield
    ocr.program.cache_clear()


FAKE = f"""#!{sys.executable}
import sys
picture = sys.stdin.buffer.read()
assert picture.startswith(b"P5 ") and sys.argv[1:] == ["stdin", "stdout"]
width, height = map(int, picture.split(b" ", 3)[1:3])
assert len(picture) == len(b"P5 %d %d 255\\n" % (width, height)) + width * height
print("It was read from\\na picture.")
"""


@pytest.mark.skipif(os.name == "nt", reason="a script with a first line is no program on Windows")
def test_a_scan_is_read_by_tesseract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = rules_of("a.pdf")
    program = tmp_path / "tesseract"
    program.write_text(FAKE)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    found_on(str(tmp_path), monkeypatch)
    found = put(tmp_path, making.scan(2))
    assert found.documents[0].text.count("It was read from a picture.") == 2
    assert len(found.documents[0].pages) == 2
    assert [p.reason for p in found.problems] == [
        "its pages 1–2 are pictures, read by tesseract, which makes mistakes"
    ]
    assert rules_of("a.pdf").endswith(" tesseract")
    program.write_text(f"#!{sys.executable}\nraise SystemExit(1)")
    (tmp_path / "a.pdf").write_bytes(making.scan(2))
    (failed,) = load(tmp_path / "a.pdf")
    assert isinstance(failed, Skipped)
    assert failed.reason == "needs OCR: no text on any of its 2 pages"
    assert before in (rules_of("a.pdf"), rules_of("a.pdf").removesuffix(" tesseract"))


def test_a_file_with_some_pages_that_are_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pypdfium2

    found_on("", monkeypatch)
    whole = pypdfium2.PdfDocument(making.pdf())
    whole.import_pages(pypdfium2.PdfDocument(making.scan(1)))
    out = io.BytesIO()
    whole.save(out)
    found = put(tmp_path, out.getvalue())
    assert [p.reason for p in found.problems] == ["needs OCR: no text on its page 4, of 4"]
    assert page_of(found.documents[0], "The millers") == 3


# Text documents


def test_a_word_document_in_order(tmp_path: Path) -> None:
    text = document(tmp_path, making.docx(), "a.docx").text
    assert text.endswith("\n\n- one item\n- another item\n\nYear | Price\n2016 | 5")


def test_what_was_deleted_or_stands_in_a_table_in_a_table() -> None:
    import docx
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    made = docx.Document()
    made.element.body.insert(
        0,
        parse_xml(
            f"<w:p {nsdecls('w')}><w:r><w:t>It </w:t></w:r><w:del><w:r><w:delText>was</w:delText>"
            "</w:r></w:del><w:ins><w:r><w:t>is</w:t></w:r></w:ins><w:r><w:tab/><w:t>so</w:t>"
            "<w:br/><w:t>here.</w:t></w:r></w:p>"
        ),
    )
    outer = made.add_table(1, 2)
    outer.cell(0, 0).text = "outer"
    outer.cell(0, 1).add_table(1, 1).cell(0, 0).text = "inner"
    out = io.BytesIO()
    made.save(out)
    raw = docx.read(out.getvalue())
    assert raw.text.strip() == "It is\tso\nhere.\n\nouter | inner"
    # The template's own author and day are nobody's.
    assert raw.clues == ()


def test_footnotes_of_word(tmp_path: Path) -> None:
    import zipfile

    w = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    notes = (
        f'<?xml version="1.0"?><w:footnotes {w}><w:footnote w:type="separator" w:id="0"><w:p/>'
        '</w:footnote><w:footnote w:id="2"><w:p><w:r><w:t>A note at the foot.</w:t></w:r></w:p>'
        "</w:footnote></w:footnotes>"
    )
    with zipfile.ZipFile(io.BytesIO(making.docx())) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["word/footnotes.xml"] = notes.encode()
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    members["word/_rels/document.xml.rels"] = members["word/_rels/document.xml.rels"].replace(
        b"</Relationships>",
        f'<Relationship Id="rId99" Type="{kind}" Target="footnotes.xml"/></Relationships>'.encode(),
    )
    members["[Content_Types].xml"] = members["[Content_Types].xml"].replace(
        b"</Types>",
        b'<Override PartName="/word/footnotes.xml" ContentType="application/vnd.openxmlformats-'
        b'officedocument.wordprocessingml.footnotes+xml"/></Types>',
    )
    members["word/document.xml"] = members["word/document.xml"].replace(
        b"one item</w:t>", b'one item</w:t></w:r><w:r><w:footnoteReference w:id="2"/>'
    )
    text = document(tmp_path, making.zipped(members), "a.docx").text
    assert "- one item[2]\n" in text
    assert text.endswith("\n\n[2] A note at the foot.")


def test_an_opendocument_text_in_order(tmp_path: Path) -> None:
    text = document(tmp_path, making.odt(), "a.odt").text
    assert text.endswith(
        "\n\n- one item\n- another item\n\nYear | Price\n2016 | 5\n\nThis is noted[1] below."
        "\n\n[1] A note at the foot."
    )
    assert odt.read(making.odt()).clues[0].origin == "document properties"


@pytest.mark.parametrize(
    ("code_page", "words", "body"),
    [
        (1252, "Café “so” €5", "Caf\\'e9 \\ldblquote so\\rdblquote  \\'805"),
        (1251, "Хлеб", "\\'d5\\'eb\\'e5\\'e1"),
        (932, "会談", "\\'89\\'ef\\'92\\'6b"),
        (1252, "a 😀 b", "a \\u-10179?\\u-8704? b"),
        (1252, "Year | Price", "Year\\cell Price\\cell\\row"),
        (
            1252,
            "See here now",
            '{\\field{\\*\\fldinst{HYPERLINK "http://x"}}{\\fldrslt{See here}}} now',
        ),
        (1252, "Before after", "Before {\\pict\\pngblip " + "0f" * 5_000 + "}after"),
    ],
)
def test_words_of_rtf(code_page: int, words: str, body: str) -> None:
    data = f"{{\\rtf1\\ansi\\ansicpg{code_page}\\deff0 {body}}}"
    assert rtf.read(data.encode()).text.strip() == words


def test_a_book_without_a_chapter_says_so() -> None:
    import zipfile

    with zipfile.ZipFile(io.BytesIO(making.epub())) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    del members["OEBPS/text/two.xhtml"]
    raw = epub.read(making.zipped(members))
    assert raw.text == "\n\n".join(PARAGRAPHS[:2])
    assert raw.notes == (
        "its chapter OEBPS/text/two.xhtml is missing: there is no such file in it",
    )
