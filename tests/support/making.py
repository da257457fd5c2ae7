"""Real files of every format, made by the libraries that others make theirs with."""

import bz2
import csv
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from html import escape
from pathlib import Path
from textwrap import wrap

from corpus.reading.loader import rules_for
from corpus.reading.results import SourceFile

TITLE = "Grain talks stall"
AUTHOR = "Ann Lee"
DAY = "2017-10-30"
PARAGRAPHS: tuple[str, ...] = (
    "The ministers met in the capital on Tuesday to discuss the price of grain. They agreed on very "
    "little, and the café in Zürich said that “nothing was served” after ten o’clock.",
    "The harvest had been poor in the south, where it had not rained at all since the spring. "
    "A further meeting was announced for the ninth of November in the old town hall.",
    "Prices rose by 5 per cent within a week – the largest step since the mill burned down. "
    "The millers blamed the weather, the bakers blamed the millers.",
)
SENTENCES = tuple(
    sentence.strip() + "."
    for paragraph in PARAGRAPHS
    for sentence in paragraph.rstrip(".").split(". ")
)
OTHER = "A second text tells of the ferry that came back to the strait after eleven years."


@dataclass(frozen=True, slots=True)
class Made:
    """A file, and what must be found in it: the ids of its documents, title, author and day of the first."""

    name: str
    data: bytes
    marks: tuple[str, ...] = ("",)
    title: str = TITLE
    authors: tuple[str, ...] = (AUTHOR,)
    day: str = DAY
    url: str = ""


def text() -> bytes:
    head = f"{TITLE}\n\nBy {AUTHOR}\nPublished: 30 October 2017\n\n"
    return (head + "\n\n".join(PARAGRAPHS) + "\n").encode()


def markdown() -> bytes:
    head = f"---\ntitle: {TITLE}\nauthor: {AUTHOR}\ndate: {DAY}\n---\n\n"
    return (head + "\n\n".join(PARAGRAPHS) + "\n").encode()


def page(encoding: str = "utf-8", url: str = "") -> bytes:
    body = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in PARAGRAPHS)
    link = f'<link rel="canonical" href="{url}">' if url else ""
    return (
        f'<!doctype html><html><head><meta charset="{encoding}"><title>{TITLE}</title>'
        f'<meta name="author" content="{AUTHOR}">{link}'
        f'<meta property="article:published_time" content="{DAY}T09:00:00Z"></head>'
        f"<body><article><h1>{TITLE}</h1>{body}</article></body></html>"
    ).encode(encoding, errors="xmlcharrefreplace")


def mhtml() -> bytes:
    import quopri

    return (
        b"From: <Saved by Blink>\r\nSnapshot-Content-Location: https://paper.example/grain\r\n"
        b"Subject: Grain talks stall\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/related; type="text/html"; boundary="--b--"\r\n\r\n'
        b"----b--\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n"
        b"Content-Location: https://paper.example/grain\r\n\r\n"
        + quopri.encodestring(page())
        + b"\r\n----b--\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        b"iVBORw0KGgo=\r\n----b----\r\n"
    )


def pdf(
    pages: Iterable[Iterable[str]] | None = None,
    *,
    title: str = TITLE,
    author: str = AUTHOR,
    header: str = "The Grain Report",
    width: int = 60,
    password: str = "",
) -> bytes:
    """Each paragraph is wrapped by us, so that what is read must have been joined again."""
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    locked = StandardEncryption(password) if password else None
    canvas = Canvas(out, pagesize=(595, 842), encrypt=locked, invariant=1)
    canvas.setTitle(title)
    canvas.setAuthor(author)
    for number, paragraphs in enumerate(pages or [[p] for p in PARAGRAPHS], start=1):
        canvas.setFont("Helvetica", 9)
        canvas.drawString(72, 800, header)
        canvas.drawString(280, 40, f"Page {number}")
        canvas.setFont("Helvetica", 11)
        y = 740
        for paragraph in paragraphs:
            for line in wrap(paragraph, width) if paragraph else ():
                canvas.drawString(72, y, line)
                y -= 14
            y -= 10
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def scan(pages: int = 2) -> bytes:
    """Pages that are pictures."""
    from PIL import Image
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    for _ in range(pages):
        canvas.drawImage(ImageReader(Image.new("L", (200, 280), 200)), 0, 0, 595, 842)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def docx() -> bytes:
    from datetime import UTC, datetime

    from docx import Document

    document = Document()
    document.core_properties.title = TITLE
    document.core_properties.author = AUTHOR
    document.core_properties.created = datetime(2017, 10, 30, 9, tzinfo=UTC)
    document.core_properties.modified = datetime(2017, 10, 30, 9, tzinfo=UTC)
    document.add_heading(TITLE, 1)
    for paragraph in PARAGRAPHS:
        document.add_paragraph(paragraph)
    document.add_paragraph("one item", style="List Bullet")
    document.add_paragraph("another item", style="List Bullet")
    table = document.add_table(2, 2)
    for i, words in enumerate(("Year", "Price", "2016", "5")):
        table.cell(i // 2, i % 2).text = words
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def odt() -> bytes:
    from datetime import datetime

    import odfdo

    document = odfdo.Document("text")
    document.body.clear()
    document.meta.title = TITLE
    document.meta.creator = AUTHOR
    document.meta.creation_date = datetime(2017, 10, 30, 9)
    document.body.append(odfdo.Header(1, TITLE))
    for paragraph in PARAGRAPHS:
        document.body.append(odfdo.Paragraph(paragraph))
    document.body.append(odfdo.List(["one item", "another item"]))
    table = odfdo.Table("T")
    table.set_values([["Year", "Price"], ["2016", "5"]])
    document.body.append(table)
    noted = odfdo.Paragraph("This is noted below.")
    noted.insert_note(after="noted", note_id="n1", citation="1", body="A note at the foot.")
    document.body.append(noted)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def rtf() -> bytes:
    def escaped(words: str) -> str:
        return "".join(c if c < "\x80" else f"\\u{ord(c)}?" for c in words)

    body = "\\par\\par\n".join(escaped(p) for p in (TITLE, *PARAGRAPHS))
    return (
        "{\\rtf1\\ansi\\ansicpg1252\\deff0{\\fonttbl{\\f0\\fswiss Helvetica;}}"
        f"{{\\info{{\\title {TITLE}}}{{\\author {AUTHOR}}}{{\\creatim\\yr2017\\mo10\\dy30\\hr9}}}}\n"
        f"\\f0 {body}\\par\n}}"
    ).encode("ascii")


def epub(*, entities: bool = False) -> bytes:
    dtd = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>' if entities else ""
    title = "&b;" if entities else TITLE
    package = (
        f'<?xml version="1.0"?>{dtd}<package xmlns="http://www.idpf.org/2007/opf" version="3.0">'
        f'<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title>'
        f"<dc:creator>{AUTHOR}</dc:creator><dc:date>{DAY}</dc:date></metadata><manifest>"
        '<item id="c2" href="text/two.xhtml" media-type="application/xhtml+xml"/>'
        '<item id="c1" href="text/one%20.xhtml" media-type="application/xhtml+xml"/>'
        '</manifest><spine><itemref idref="c1"/><itemref idref="c2"/></spine></package>'
    )
    head = '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml">'
    chapters = [
        f"{head}<head><title>c</title></head><body>"
        + "".join(f"<p>{escape(p)}</p>" for p in some)
        + "</body></html>"
        for some in (PARAGRAPHS[:2], PARAGRAPHS[2:])
    ]
    container = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
    )
    return zipped(
        {
            "mimetype": b"application/epub+zip",
            "META-INF/container.xml": container.encode(),
            "OEBPS/book.opf": package.encode(),
            "OEBPS/text/two.xhtml": chapters[1].encode(),
            "OEBPS/text/one .xhtml": chapters[0].encode(),
        },
        stored=("mimetype",),
    )


def mail(*, attached: Mapping[str, bytes] | None = None, subject: str = TITLE) -> bytes:
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = f"{AUTHOR} <ann@paper.example>"
    message["To"] = "The Desk <desk@paper.example>"
    message["Date"] = "Mon, 30 Oct 2017 09:00:00 +0100"
    message.set_content("\n\n".join(PARAGRAPHS) + "\n\n> It was said before.\n")
    message.add_alternative(page().decode(), subtype="html")
    for name, data in (attached or {}).items():
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def mbox() -> bytes:
    from mailbox import mbox as mailbox_mbox
    from pathlib import Path
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        box = mailbox_mbox(Path(folder) / "made.mbox")
        box.add(mail())
        second = EmailMessage()
        second["Subject"] = "The ferry"
        second["From"] = "Jo Park <jo@paper.example>"
        second.set_content(f"From here on it is told.\n\nFrom there too.\n\n{OTHER}\n")
        box.add(second)
        box.close()
        return (Path(folder) / "made.mbox").read_bytes()


def records() -> list[dict[str, object]]:
    return [
        {
            "headline": TITLE,
            "byline": AUTHOR,
            "pubDate": DAY,
            "link": "https://paper.example/grain",
            "body": "\n\n".join(PARAGRAPHS),
            "words": 77,
        },
        {"headline": "The ferry", "byline": "Jo Park", "body": OTHER, "words": 15},
    ]


def json_list() -> bytes:
    return json.dumps(records(), indent=1).encode()


def json_lines() -> bytes:
    return "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records()).encode()


def table(delimiter: str = ",") -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(records()[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(records())
    return out.getvalue().encode()


def parquet() -> bytes:
    import pyarrow
    from pyarrow import parquet as writer

    out = io.BytesIO()
    writer.write_table(pyarrow.Table.from_pylist(records()), out)
    return out.getvalue()


def zipped(members: Mapping[str, bytes], *, stored: tuple[str, ...] = ()) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            kind = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), data, kind)
    return out.getvalue()


def tarred(members: Mapping[str, bytes], mode: str = "w") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def members() -> dict[str, bytes]:
    return {
        "2017/talks.html": page(),
        "2017/data.jsonl": json_lines(),
        "readme.txt": OTHER.encode(),
    }


IN_ARCHIVE = ("/2017/talks.html", "/2017/data.jsonl#1", "/2017/data.jsonl#2", "/readme.txt")
TWO = ("#1", "#2")


def all_made() -> list[Made]:
    """A file of every format."""
    link = "https://paper.example/grain"
    return [
        Made("a.txt", text()),
        Made("a.md", markdown()),
        Made("a.html", page()),
        Made("a.mhtml", mhtml(), url=link),
        Made("a.pdf", pdf(), day=""),
        Made("a.docx", docx()),
        Made("a.odt", odt()),
        Made("a.rtf", rtf()),
        Made("a.epub", epub()),
        Made("a.eml", mail()),
        Made("a.mbox", mbox(), marks=TWO),
        Made("a.json", json_list(), marks=TWO, url=link),
        Made("a.jsonl", json_lines(), marks=TWO, url=link),
        Made("a.csv", table(), marks=TWO, url=link),
        Made("a.tsv", table("\t"), marks=TWO, url=link),
        Made("a.parquet", parquet(), marks=TWO, url=link),
        Made("a.zip", zipped(members()), marks=IN_ARCHIVE),
        Made("a.tar", tarred(members()), marks=IN_ARCHIVE),
        Made("a.tar.gz", tarred(members(), "w:gz"), marks=IN_ARCHIVE),
        Made("a.tgz", tarred(members(), "w:gz"), marks=IN_ARCHIVE),
        Made("a.tar.bz2", tarred(members(), "w:bz2"), marks=IN_ARCHIVE),
        Made("a.tar.xz", tarred(members(), "w:xz"), marks=IN_ARCHIVE),
        Made("a.txt.gz", gzip.compress(text(), mtime=0)),
        Made("a.html.bz2", bz2.compress(page())),
        Made("a.md.xz", lzma.compress(markdown())),
        Made("a.jsonl.gz", gzip.compress(json_lines(), mtime=0), marks=TWO, url=link),
    ]


def rules_of(name: str) -> str:
    """The rules by which a file of this name is read."""
    return rules_for(SourceFile(Path(name), name, 1, 1))
