"""Makes an uploaded PDF fit to be handed out: it is always written anew, never stored as it came.

The work is done by rewriter.py in a process of its own, with limits: a PDF is a program for a reader that
has had holes, and so have the libraries that read it.
"""

import json
import re
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path
from threading import Lock

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile

MAX_PDF_BYTES = 20 * 1024 * 1024
REWRITE_SECONDS = 21  # of anybody's time; the answer takes a little longer
REWRITER = Path(__file__).with_name("rewriter.py")
SPACED_OUT = re.compile(r"(?<!\S)(?:\S ){5,}\S(?!\S)")  # a word of letters far apart
ILLEGIBLE = re.compile(
    "[\x01-\x08\x0e-\x1f\ufffd]"
)  # what comes instead of letters from a font that names none
rewrite_lock = Lock()  # so that four uploads at once need no more memory than one

SAVE_AS_PDF = (
    "Gör om den till en PDF: i Word väljer du Arkiv, Spara som och PDF, i telefonens Word tre prickar, "
    "Exportera och PDF."
)
REFUSALS = {
    "empty": "Filen är tom. Välj den igen, eller spara den på nytt först.",
    "too_big": "Filen är större än 20 MB. Spara den med mindre bilder, eller dela den i flera.",
    "no_pdf": f"Det här är ingen PDF. {SAVE_AS_PDF}",
    "encrypted": "Filen är låst med ett lösenord. Spara en kopia utan lösenord och välj den.",
    "broken": "Filen är skadad och gick inte att läsa. Öppna den och spara den som PDF på nytt.",
    "no_pages": "Filen har inga sidor. Öppna den och spara den som PDF på nytt.",
    "too_long": "Filen har för många sidor. Dela den i flera dokument.",
    "too_heavy": "Filen tog för lång tid att läsa. Skriv ut den till en ny PDF och välj den.",
    "xfa": "Formuläret är gjort för Adobe och kan inte visas i en webbläsare. Skriv ut det till en ny PDF.",
}
NOTES = {
    "signature": "Underskriften i filen följer inte med: den gäller bara den fil som skrevs under.",
    "untagged": "Filen saknar taggar, så den är svår att följa för den som lyssnar med skärmläsare. "
    "Skriv det viktigaste i en nyhet också.",
    "no_text": "Filen innehåller ingen text, bara bilder av sidor. Varken sökningen eller en skärmläsare "
    "hittar något i den.",
}


class CleanPdf(ContentFile):
    """A PDF of our own making, from rewrite(). `pages`: the text of each; `notes`: keys of NOTES.

    `is_readable`: whether its text could be read. Where it could not, nobody knows what is in it.
    """

    pages: list[str]
    notes: list[str]
    is_readable: bool


def rewrite(file, title):
    """Return the PDF in a Django File as a new CleanPdf. One that is a CleanPdf already is returned as it is.

    Raises ValidationError (Swedish, for the person who uploads) for what cannot be made safe.
    """
    if isinstance(file, CleanPdf):
        return file
    if file.size > MAX_PDF_BYTES:
        raise ValidationError(REFUSALS["too_big"], code="too_big")
    with rewrite_lock, tempfile.TemporaryDirectory(prefix="pdf-") as folder:
        source, target = Path(folder, "source.pdf"), Path(folder, "target.pdf")
        with source.open("wb") as copy:
            for chunk in file.chunks():
                copy.write(chunk)
        answer = run(source, target, title)
        if code := answer.get("refused"):
            raise ValidationError(REFUSALS[code], code=code)
        clean = CleanPdf(target.read_bytes(), name=f"{secrets.token_hex(8)}.pdf")
    clean.pages = [
        SPACED_OUT.sub(lambda word: word[0].replace(" ", ""), page) for page in answer["pages"] or []
    ]
    illegible = sum(len(ILLEGIBLE.findall(page)) for page in clean.pages)
    clean.is_readable = answer["pages"] is not None and illegible * 50 <= sum(map(len, clean.pages))
    clean.notes = answer["notes"]
    if not "".join(clean.pages).strip():
        clean.notes.append("no_text")
    return clean


def run(source, target, title):
    """Return what rewriter.py prints, as a dict."""
    command = [sys.executable, "-I", str(REWRITER), str(source), str(target), title, "sv-SE"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=REWRITE_SECONDS, env={}, check=True)  # noqa: S603  ours
        return json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError):  # over a limit: ended by the kernel, or cut off
        return {"refused": "too_heavy"}
