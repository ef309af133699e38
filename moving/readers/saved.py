"""Finds the saved pages of a site: in a folder, as wget -r writes it, or in a WARC file (ISO 28500)."""

import gzip
import zlib
from contextlib import suppress
from http.client import HTTPException, HTTPResponse, parse_headers
from io import BytesIO
from urllib.parse import unquote, urlsplit

from moving.readers.site import InvalidSource


def pages_in(path, unpacked):
    """Yield (URL, content) of each page; the pictures and files of a WARC go to the folder `unpacked`.

    Raises InvalidSource.
    """
    if path.is_dir():
        yield from pages_in_folder(path)
        return
    for url, kind, content in answers_in(path):
        name = unquote(urlsplit(url).path).lstrip("/")
        if kind == "text/html":
            yield url, content
        elif name.startswith("images/") and (file := (unpacked / name).resolve()).is_relative_to(unpacked):
            with suppress(OSError):  # a name that is too long, or also that of a folder
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)


def pages_in_folder(folder):
    root = start_folder(folder)
    for file in sorted(root.rglob("*.html")):
        name = file.relative_to(root).as_posix().removesuffix(".html")
        yield f"http://{root.name}/{'' if name == 'index' else name}", file.read_bytes()


def start_folder(folder):
    """Return the folder that the start page lies in: wget makes one with the name of the host."""
    found = sorted(folder.rglob("index.html"), key=lambda file: len(file.parts))
    return found[0].parent if found else folder


def files_in(path, unpacked):
    """Return the folder with the pictures and files that were saved with the pages."""
    return start_folder(path) / "images" if path.is_dir() else unpacked / "images"


class Block:
    """What an HTTPResponse reads from in place of a socket."""

    def __init__(self, content):
        self.content = content

    def makefile(self, *args):
        return BytesIO(self.content)


def answers_in(path):
    """Yield (URL, kind of content, content) of whatever was found. Raises InvalidSource."""
    try:
        with path.open("rb") as raw:
            is_packed = raw.read(2) == b"\x1f\x8b"
        with gzip.open(path) if is_packed else path.open("rb") as file:
            while line := file.readline():
                if not line.strip():
                    continue
                if not line.startswith(b"WARC/"):
                    raise ValueError("ingen WARC-fil")
                header = parse_headers(file)
                length = int(header["Content-Length"])
                block = file.read(length)
                if len(block) < length:
                    raise EOFError("filen tar slut för tidigt")
                if header["WARC-Type"] == "response":
                    response = HTTPResponse(Block(block))
                    response.begin()
                    if response.status == 200:
                        url = header["WARC-Target-URI"].strip("<>")
                        yield url, response.headers.get_content_type(), response.read()
    except (OSError, EOFError, ValueError, TypeError, AttributeError, zlib.error, HTTPException) as error:
        raise InvalidSource(
            f"{path.name} går inte att läsa ({error}). Det behövs en mapp med sidor eller en WARC-fil."
        ) from None
