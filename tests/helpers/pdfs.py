"""PDF files for the tests, made by hand so that each says what it holds."""

import io

import pikepdf
from django.core.files.uploadedfile import SimpleUploadedFile
from pikepdf import Dictionary, Name, Pdf

FONT = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)


def add_page(pdf, text="Kallelse", **entries):
    """Add a page with a line of text, in Latin-1, and entries of its dictionary; return the page."""
    words = text.encode("latin-1").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
    contents = pdf.make_stream(b"BT /F1 24 Tf 60 700 Td (" + words + b") Tj ET")
    resources = Dictionary(Font=Dictionary(F1=FONT))
    page = Dictionary(
        Type=Name.Page, MediaBox=[0, 0, 595, 842], Resources=resources, Contents=contents, **entries
    )
    pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))
    return pdf.pages[-1].obj


def bytes_of(pdf, **options):
    content = io.BytesIO()
    pdf.save(content, **options)
    return content.getvalue()


def make_pdf(*texts):
    """Return a PDF with a page for each text, as bytes."""
    pdf = Pdf.new()
    for text in texts or ("Kallelse",):
        add_page(pdf, text)
    return bytes_of(pdf)


def upload(content, name="kallelse.pdf"):
    return SimpleUploadedFile(name, content, "application/pdf")
