"""What becomes of an uploaded PDF: written anew, without what its author forgot in it."""

import io
import shutil
import subprocess

import pikepdf
import pypdf
import pytest
from django.core.exceptions import ValidationError
from pikepdf import Array, Dictionary, Name, Pdf, String

from documents import pdf as pdf_module
from documents.pdf import MAX_PDF_BYTES, REFUSALS, rewrite
from tests.helpers.hostile_files import PDFS
from tests.helpers.pdfs import add_page, bytes_of, make_pdf, upload
from tests.helpers.planted import planted

ADDRESS = "hemlig.person@example.org"


def everything_in(content):
    """Return all that a PDF holds, decompressed, as text."""
    parts = [content]
    with pikepdf.open(io.BytesIO(content)) as pdf:
        for each in pdf.objects:
            parts.append(each.unparse(resolved=True))
            if isinstance(each, pikepdf.Stream):
                is_jpeg = each.get("/Filter") == "/DCTDecode"
                parts.append(each.read_raw_bytes() if is_jpeg else each.read_bytes())
    reader = pypdf.PdfReader(io.BytesIO(content))
    known = [
        reader.metadata,
        reader.outline,
        reader.get_fields(),
        reader.page_labels,
        dict(reader.attachments),
    ]
    return b"\n".join(parts).decode("latin-1") + str(known)


def test_no_address_that_no_reader_sees_comes_through():
    source, addresses = planted()
    assert len(addresses) > 50
    assert [one for one in addresses if one not in everything_in(source)] == []  # or an empty file would pass
    clean = rewrite(upload(source), "Kallelse").read()
    assert "gomd" not in everything_in(clean)
    assert "JavaScript" not in everything_in(clean)
    assert "Kallelse" in pypdf.PdfReader(io.BytesIO(clean)).pages[0].extract_text()


@pytest.mark.long
@pytest.mark.parametrize("tool", ["exiftool -a -u -g1 -ee", "strings -n 5", "strings -n 5 -e l", "pdfinfo"])
def test_other_programs_find_none_either(tmp_path, tool):
    command = tool.split()
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed")
    clean = tmp_path / "a.pdf"
    clean.write_bytes(rewrite(upload(planted()[0]), "Kallelse").read())
    said = subprocess.run([*command, clean], capture_output=True, check=True).stdout  # noqa: S603  ours
    assert b"gomd" not in said


def test_an_address_of_letters_far_apart_is_found():
    assert ADDRESS in rewrite(upload(make_pdf(f"Skriv till {' '.join(ADDRESS)}")), "x").pages[0]


def test_a_text_of_no_letters_is_told_to_be_unreadable():
    content = make_pdf("".join(chr(ord(letter) - 29) for letter in f"Skriv till {ADDRESS}" if letter != " "))
    assert not rewrite(upload(content), "x").is_readable
    assert rewrite(upload(make_pdf("Skriv")), "x").is_readable


def test_an_address_in_a_filled_field_or_a_stamp_is_found():
    pdf = Pdf.new()
    page = add_page(pdf, "Blankett")
    look = pdf.make_stream(f"BT /F1 9 Tf ({ADDRESS}) Tj ET".encode(), Type=Name.XObject, Subtype=Name.Form)
    look.Resources, look.BBox = page.Resources, [0, 0, 99, 9]
    page.Annots = Array(
        [Dictionary(Type=Name.Annot, Subtype=Name.Stamp, Rect=[0, 0, 99, 9], AP=Dictionary(N=look))]
    )
    assert ADDRESS in rewrite(upload(bytes_of(pdf)), "x").pages[0]


def test_the_file_says_its_title_and_language():
    with pikepdf.open(rewrite(upload(make_pdf("Hej")), "Kallelse till årsmöte")) as pdf:
        assert str(pdf.docinfo["/Title"]) == "Kallelse till årsmöte"
        assert str(pdf.Root.Lang) == "sv-SE"


def test_pages_look_as_before(tmp_path):
    source = tmp_path / "a.pdf"
    source.write_bytes(make_pdf("Sida ett", "Sida två"))
    clean = tmp_path / "b.pdf"
    clean.write_bytes(rewrite(upload(source.read_bytes()), "x").read())
    pictures = [
        subprocess.run(["pdftoppm", "-r", "50", path], capture_output=True, check=True).stdout
        for path in (source, clean)
    ]
    assert pictures[0]
    assert pictures[0] == pictures[1]


def test_links_to_the_web_stay_and_others_go():
    pdf = Pdf.new()
    page = add_page(pdf)
    good = "https://www.hyresgastforeningen.se/"
    bad = ["javascript:alert(1)", "file:///C:/x", f"mailto:{ADDRESS}"]
    links = [
        Dictionary(Type=Name.Annot, Subtype=Name.Link, A=Dictionary(S=Name.URI, URI=String(url)))
        for url in [good, *bad]
    ]
    page["/Annots"] = Array(links)
    text = everything_in(rewrite(upload(bytes_of(pdf)), "x").read())
    assert good in text
    assert not [url for url in bad if url in text]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"<html><body>Hej</body></html>", "no_pdf"),
        (b"PK\x03\x04 word/document.xml", "no_pdf"),
        (b"%PDF-1.7\nbrus", "broken"),
        (make_pdf("x")[:200], "broken"),
        (PDFS["a password"](), "encrypted"),
        (PDFS["XFA"](), "xfa"),
        (PDFS["no pages but numbers"](), "no_pages"),
    ],
)
def test_what_cannot_be_made_safe_is_refused_with_what_to_do(content, code):
    with pytest.raises(ValidationError) as refusal:
        rewrite(upload(content), "x")
    assert refusal.value.message == REFUSALS[code]


def test_a_file_over_the_size_is_not_even_read(monkeypatch):
    monkeypatch.setattr(pdf_module, "run", None)
    file = upload(b"%PDF-")
    file.size = MAX_PDF_BYTES + 1
    with pytest.raises(ValidationError, match="20 MB"):
        rewrite(file, "x")


def test_a_file_that_grows_without_end_is_refused_and_the_worker_stays_small():
    with pytest.raises(ValidationError) as refusal:
        rewrite(upload(PDFS["600 MB in a stream"]()), "x")
    assert refusal.value.code == "too_heavy"


def test_a_signature_is_told_to_be_lost():
    pdf = Pdf.new()
    page = add_page(pdf)
    field = pdf.make_indirect(
        Dictionary(
            Type=Name.Annot,
            Subtype=Name.Widget,
            FT=Name.Sig,
            T=String("namn"),
            Rect=[0, 0, 9, 9],
            V=Dictionary(Type=Name.Sig, Name=String(ADDRESS)),
        )
    )
    page["/Annots"] = Array([field])
    pdf.Root["/AcroForm"] = Dictionary(Fields=Array([field]), SigFlags=3)
    clean = rewrite(upload(bytes_of(pdf)), "x")
    assert "signature" in clean.notes
    assert ADDRESS not in everything_in(clean.read())
