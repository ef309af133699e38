"""Files that nobody should send: UPLOADS are no PDFs, or not only that; PDFS mean harm. {name: its maker}"""

import base64
import gzip
import io
import random
import tarfile
import zipfile
import zlib

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, String
from PIL import Image

from tests.helpers.pdfs import add_page, bytes_of, make_pdf

MARK = "ondsint-4711"  # in each, so that it is seen where it is stored
HTML = f"<html><script>alert('{MARK}')</script></html>".encode()
SVG = f'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(\'{MARK}\')"/>'.encode()
LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else MARK}">' for n in range(10))
NAMES = [
    "kallelse.pdf", "../../etc/cron.d/x.pdf", "x.pdf.html", "x.php", "\u202efdp.exe", ".htaccess", "CON.pdf",
    "a" * 300 + ".pdf", "årsmöte.pdf", "x.pdf\0.html", "/x.pdf",
]  # fmt: skip


def noise(size):
    return random.Random(1).randbytes(size)  # noqa: S311  the same every time


def zipped(**members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("_", "/"), content)
    return stream.getvalue()


def picture(kind="JPEG", **options):
    stream = io.BytesIO()
    Image.new("RGB", (80, 60)).save(stream, kind, **options)
    return stream.getvalue()


def tarred():
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("../../x.pdf"), io.BytesIO(b""))
    return stream.getvalue()


UPLOADS = {
    "nothing": lambda: b"",
    "one byte": lambda: b"%",
    "zeros": lambda: bytes(2_000_000),
    "noise": lambda: noise(200_000),
    "HTML": lambda: HTML,
    "HTML of two bytes a letter": lambda: HTML.decode().encode("utf-16"),
    "HTML behind a PDF's first line": lambda: b"%PDF-1.7\n" + HTML,
    "a PDF behind HTML": lambda: HTML + make_pdf(),
    "a PDF before HTML": lambda: make_pdf() + HTML,
    "a PDF before a ZIP": lambda: make_pdf() + zipped(x=MARK),
    "a GIF that is a PDF": lambda: picture("GIF") + make_pdf() + MARK.encode(),
    "a JPEG that is a PDF": lambda: picture() + make_pdf() + MARK.encode(),
    "a JPEG with PHP in its comment": lambda: picture(comment=f"<?php {MARK}".encode()),
    "a PNG": lambda: picture("PNG"),
    "SVG": lambda: SVG,
    "SVG in gzip": lambda: gzip.compress(SVG),
    "XML that grows": lambda: f"<!DOCTYPE x [{LAUGHS}]><x>&a9;</x>".encode(),
    "PHP": lambda: f"<?php {MARK}".encode(),
    "a shell script": lambda: f"#!/bin/sh\n{MARK}".encode(),
    "a Word file": lambda: zipped(word_document=f"<w>{MARK}</w>"),
    "a ZIP that grows": lambda: zipped(x=bytes(20_000_000)),
    "a gzip that grows": lambda: gzip.compress(bytes(20_000_000)),
    "a tar with a path": lambda: tarred() + MARK.encode(),
    "RTF": lambda: rb"{\rtf1 " + MARK.encode() + b"}",
    "PostScript": lambda: f"%!PS-Adobe-3.0\n({MARK}) run\n".encode(),
    "a program": lambda: b"MZ\x90\0" + bytes(60) + b"PE\0\0" + MARK.encode(),
    "a letter": lambda: b"Content-Type: application/pdf\n\n" + base64.b64encode(make_pdf()) + MARK.encode(),
}


# --- PDFs ---


def raw_pdf(*objects, trailer=""):
    """Return a PDF of objects numbered from 1, the first of them its catalog, with a right table of them."""
    content, places = bytearray(b"%PDF-1.7\n"), []
    for number, one in enumerate(objects, start=1):
        places.append(len(content))
        one = one if isinstance(one, bytes) else one.encode()
        content += b"%d 0 obj\n%b\nendobj\n" % (number, one)
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    end = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<</Size {size}/Root 1 0 R{trailer}>>\n"
    return bytes(content) + f"{end}startxref\n{len(content)}\n%%EOF\n".encode()


CATALOG, PAGES = "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>"


def with_page(entries="", *objects, catalog=""):
    page = f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]{entries}>>"
    return raw_pdf(f"<</Type/Catalog/Pages 2 0 R{catalog}>>", PAGES, page, *objects)


def stream(data, entries=""):
    data = data if isinstance(data, bytes) else data.encode()
    return f"<</Length {len(data)}{entries}>>stream\n".encode() + data + b"\nendstream"


def drawn(instructions, entries="", *objects):
    """Return a PDF whose page is drawn with instructions; the objects are numbered from 5."""
    return with_page(f"/Contents 4 0 R{entries}", stream(instructions), *objects)


def packed(data, megabytes, times=1):
    """Return data of ten bytes, repeated, compressed so many times; its check sum is wrong, at its end."""
    packer = zlib.compressobj()
    first, again = (packer.compress(data * 100_000) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    data = first + again * (megabytes - 1) + packer.flush()
    for _ in range(times - 1):
        data = zlib.compress(data, 9)
    return data


def form(resources):
    return f"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources{resources}"


def image(entries, data=b"\xff\xd8\xff"):
    return drawn(
        "/I Do", "/Resources<</XObject<</I 5 0 R>>>>", stream(data, f"/Type/XObject/Subtype/Image{entries}")
    )


def active():
    pdf = Pdf.new()
    page = add_page(pdf)
    script = Dictionary(S=Name.JavaScript, JS=String(MARK))
    pdf.Root.OpenAction, page.AA = script, Dictionary(O=script)
    pdf.attachments[f"{MARK}.exe"] = b"MZ" + MARK.encode()
    launch = Dictionary(S=Name.Launch, F=String(MARK), Next=script)
    page.Annots = Array([Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9], A=launch)])
    return bytes_of(pdf)


def encrypted(user):
    pdf = Pdf.new()
    add_page(pdf)
    return bytes_of(pdf, encryption=pikepdf.Encryption(owner="a", user=user))


def updated(times):
    content = make_pdf()
    for _ in range(times):
        place = content.rpartition(b"startxref")[2].split()[0]
        content += b"xref\n0 0\ntrailer\n<</Size 9/Root 1 0 R/Prev %b>>\nstartxref\n%d\n%%%%EOF\n" % (
            place,
            len(content),
        )
    return content


CYCLE = "/Resources<</XObject<</F 5 0 R>>>>"
FONT = "/Resources<</Font<</F 5 0 R>>>>"
WORDS = "BT /F 9 Tf (Hej) Tj ET"
PDFS = {
    "scripts, programs and files": active,
    "a password": lambda: encrypted("b"),
    "an empty password": lambda: encrypted(""),
    "XFA": lambda: with_page(catalog=f"/AcroForm<</Fields[]/XFA({MARK})>>"),
    "5 000 pages": lambda: raw_pdf(
        CATALOG, f"<</Type/Pages/Count 5000/Kids[{'3 0 R ' * 5000}]>>", "<</Type/Page/Parent 2 0 R>>"
    ),
    "a page tree that is its own child": lambda: raw_pdf(CATALOG, "<</Type/Pages/Kids[2 0 R]/Count 1>>"),
    "a deep page tree": lambda: raw_pdf(
        CATALOG, *(f"<</Type/Pages/Count 1/Kids[{n} 0 R]>>" for n in range(3, 20_000)), "<</Type/Page>>"
    ),
    "no pages but numbers": lambda: raw_pdf(CATALOG, "<</Type/Pages/Kids[1 2 (x)]/Count 3>>"),
    "no catalog": lambda: raw_pdf("(x)"),
    "a table that leads to itself": lambda: (c := with_page())[: c.rindex(b"/Root")]
    + b"/Prev %d" % c.rindex(b"xref\n0")
    + c[c.rindex(b"/Root") :],
    "a table of 2³¹ objects": lambda: with_page().replace(b"/Size 4", b"/Size 2147483647"),
    "no table": lambda: with_page().partition(b"xref")[0],
    "a thousand updates": lambda: updated(1000),
    "400 000 objects": lambda: raw_pdf(CATALOG, PAGES, "<</Type/Page>>", *["<<>>"] * 400_000),
    "600 MB in a stream": lambda: with_page(
        "/Contents 4 0 R", stream(packed(b"0 0 m % x\n", 600), "/Filter/FlateDecode")
    ),
    "a stream packed four times": lambda: with_page(
        "/Contents 4 0 R", stream(packed(bytes(10), 400, 4), f"/Filter[{'/FlateDecode' * 4}]")
    ),
    "a stream of a false length": lambda: drawn(WORDS).replace(b"/Length 22", b"/Length 999999999"),
    "a million brackets": lambda: with_page(f"/X {'[' * 1_000_000}"),
    "a million of nested states": lambda: drawn("q " * 1_000_000),
    "a form inside itself": lambda: drawn("/F Do", CYCLE, stream("/F Do", form("<</XObject<</F 5 0 R>>>>"))),
    "forms that double thirty times": lambda: drawn(
        "/F Do",
        CYCLE,
        *(stream("/F Do /F Do", form(f"<</XObject<</F {n} 0 R>>>>")) for n in range(6, 36)),
        stream("0 0 m", form("<<>>")),
    ),
    "outlines in a circle": lambda: with_page(
        "", "<</First 5 0 R/Count 1>>", "<</Title(x)/Next 5 0 R/First 4 0 R>>", catalog="/Outlines 4 0 R"
    ),
    "structure in a circle": lambda: with_page(
        "", "<</Type/StructTreeRoot/K 5 0 R>>", "<</S/P/K 5 0 R/P 5 0 R>>", catalog="/StructTreeRoot 4 0 R"
    ),
    "a picture of 60 000 × 60 000": lambda: image("/Width 60000/Height 60000/BitsPerComponent 8"),
    "a picture that is none": lambda: image("/Width 9/Height 9/Filter[/FlateDecode/DCTDecode]"),
    "a table of letters without end": lambda: drawn(
        WORDS,
        FONT,
        "<</Type/Font/Subtype/Type0/ToUnicode 6 0 R>>",
        stream("1 beginbfrange <00000000> <FFFFFFFF> <0041> endbfrange"),
    ),
    "a font that is none": lambda: drawn(
        WORDS, FONT, "<</Type/Font/Subtype/TrueType/FontDescriptor<</FontFile2 6 0 R>>>>", stream(noise(9000))
    ),
    "entries of wrong kinds": lambda: with_page(
        "/Contents(x)/Resources 7/Annots 7/Rotate/x/MediaBox[1e99 (x)]",
        catalog="/AcroForm[]/Names 7/OCProperties()/MarkInfo 1",
    ),
    "300 000 marks": lambda: with_page(f"/Annots[{'<</Subtype/Link/A<</S/URI/URI(x)>>>>' * 300_000}]"),
    "three million instructions": lambda: drawn("% x\n" + "0 0 m 1 1 l S\n" * 1_000_000),
}  # fmt: skip
