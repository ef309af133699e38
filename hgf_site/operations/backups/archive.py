"""The file: a gzipped tar of text tables and pictures, with a manifest that proves it whole.

    README.txt                   what this is, for whoever finds it
    tables/<app>.<model>.jsonl   one JSON object a row
    media/<path>                 the uploaded pictures
    manifest.json                last: format, versions, migrations, rows, sizes, SHA-256

gzip's own checksum covers every byte, the manifest every file: a damaged archive is refused.
"""

import gzip
import hashlib
import io
import json
import re
import tarfile
import zlib
from contextlib import contextmanager
from pathlib import PurePosixPath

FORMAT = 1
README, MANIFEST = "README.txt", "manifest.json"
TABLE_MEMBER = re.compile(r"tables/([a-z0-9_]+\.[a-z0-9_]+)\.jsonl")
CHUNK = 1024 * 1024
MAX_NAME_BYTES = 255  # bytes, of a file on any disk
MAX_RECORD_BYTES = 64 * CHUNK  # of a row, the manifest, a tar header: none of ours comes near

README_TEXT = """\
Backup of a website, format 1: a tar file compressed with gzip, made by "manage.py backup".

tables/    the database, one file a table, one JSON object a line (UTF-8); times are in UTC
media/     the uploaded pictures, under the names that the tables use
manifest.json    when and by what it was made; the size and SHA-256 of every file above

It holds password hashes and private addresses: keep it where nobody else reads it.
To use it: "manage.py restore FILE", or any program that reads tar and JSON.
"""


class InvalidBackup(Exception):
    """This file cannot be used as a backup; the message says why, in English, for the operator."""


# --- Writing ---


class Writer:
    """Writes an archive to a binary file, member by member; close() makes it whole."""

    def __init__(self, stream):
        # Level 1: pictures do not get smaller anyway, and text loses little.
        self.gzip = gzip.GzipFile(fileobj=stream, mode="wb", compresslevel=1, filename="")
        self.tar = tarfile.TarFile(fileobj=self.gzip, mode="w", format=tarfile.PAX_FORMAT)
        self.files = {}
        self.add(README, io.BytesIO(README_TEXT.encode()), len(README_TEXT.encode()))

    def add(self, name, stream, size, mtime=0):
        """Add `size` bytes of a binary stream. Raises OSError when it holds fewer."""
        member = tarfile.TarInfo(name)
        member.size, member.mtime, member.mode = size, int(mtime), 0o600
        hashed = Hashed(stream)
        self.tar.addfile(member, hashed)
        self.files[name] = {"size": size, "sha256": hashed.digest.hexdigest()}

    def close(self, **facts):
        """Write the manifest, with these facts in it, and end the archive; the stream stays open."""
        manifest = {"format": FORMAT, **facts, "files": self.files}
        content = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
        self.add(MANIFEST, io.BytesIO(content), len(content))
        self.tar.close()
        self.gzip.close()


class Hashed:
    """A binary stream that knows the SHA-256 of what has been read from it."""

    def __init__(self, stream):
        self.stream, self.digest = stream, hashlib.sha256()

    def read(self, size):
        content = self.stream.read(size)
        self.digest.update(content)
        return content


# --- Reading ---


class BoundedGzip(gzip.GzipFile):
    """Refuses one read of more than MAX_RECORD_BYTES: tarfile believes any size that a header declares."""

    def read(self, size=-1):
        if size > MAX_RECORD_BYTES:
            raise InvalidBackup("a part of it claims an impossible size")
        return super().read(size)


def read(stream, receive):
    """Check an archive from its first byte to its last; return its manifest.

    Each table and picture is handed to `receive(name, size, mtime, chunks)`, which reads the
    iterator of bytes `chunks` to its end. What it was handed counts only when read() returns.
    Raises InvalidBackup.
    """
    with wrap_errors():
        # Not used as a context manager: closing a damaged gzip would hide what is wrong with it.
        unzipped = BoundedGzip(fileobj=stream, mode="rb")
        found, manifest = {}, None
        with tarfile.open(fileobj=unzipped, mode="r:") as tar:
            for member in tar:
                if manifest is not None:
                    raise InvalidBackup(f"{member.name!r} comes after the manifest")
                check_name(member, found)
                content = tar.extractfile(member)
                if member.name == MANIFEST:
                    manifest = read_manifest(content, member.size)
                    continue
                if member.name == README:
                    receiver = drain
                elif not found:
                    raise InvalidBackup("it is not a backup of this site")
                else:
                    receiver = receive
                hashed = Hashed(content)
                receiver(member.name, member.size, member.mtime, iter(lambda: hashed.read(CHUNK), b""))  # noqa: B023  read at once
                found[member.name] = {"size": member.size, "sha256": hashed.digest.hexdigest()}
        while rest := unzipped.read(CHUNK):  # to the checksum at gzip's end
            if rest.strip(b"\0"):
                raise InvalidBackup("something follows its end, or it is damaged in the middle")
        if manifest is None:
            raise InvalidBackup("it has no manifest: it is not whole, or not a backup of this site")
        compare_with_manifest(manifest["files"], found)
        return manifest


@contextmanager
def wrap_errors():
    """Raise InvalidBackup for whatever reading a damaged file can raise."""
    try:
        yield
    except EOFError:
        raise InvalidBackup("it ends too early: the copy is not complete") from None
    except (gzip.BadGzipFile, zlib.error, tarfile.TarError) as error:
        raise InvalidBackup(f"it is damaged, or no gzipped tar ({error})") from None
    except (ValueError, OverflowError, RecursionError) as error:
        raise InvalidBackup(f"a part of it cannot be read ({error})") from None


def drain(name, size, mtime, chunks):
    """Read a member for its checksum alone."""
    for _ in chunks:
        pass


def check_name(member, found):
    """Refuse what could be written outside its folder, twice, or as anything but a plain file."""
    parts = member.name.split("/")
    if member.type != tarfile.REGTYPE or member.issparse():  # a sparse one is as large as it claims
        raise InvalidBackup(f"{member.name!r} is not a plain file")
    if member.name in found:
        raise InvalidBackup(f"{member.name!r} is in it twice")
    is_media = parts[0] == "media" and len(parts) > 1 and PurePosixPath(member.name).as_posix() == member.name
    unsafe = (
        "" in parts
        or "\\" in member.name
        or not member.name.isprintable()
        or any(part.startswith(".") or len(part.encode()) > MAX_NAME_BYTES for part in parts)
    )
    if (
        member.name not in (README, MANIFEST)
        and not TABLE_MEMBER.fullmatch(member.name)
        and (unsafe or not is_media)
    ):
        raise InvalidBackup(f"{member.name!r} does not belong in a backup")


def read_manifest(content, size):
    if size > MAX_RECORD_BYTES:
        raise InvalidBackup("its manifest claims an impossible size")
    manifest = json.loads(content.read())
    if not isinstance(manifest, dict) or not isinstance(manifest.get("format"), int):
        raise InvalidBackup("its manifest says nothing about its format")
    if manifest["format"] > FORMAT:
        raise InvalidBackup(
            f"it has format {manifest['format']}, made by a newer version of the site: update first"
        )
    shape = {"migrations": list, "rows": int, "files": dict}  # of {name: …}
    for key, kind in shape.items():
        named = manifest.get(key)
        if not isinstance(named, dict) or not all(isinstance(value, kind) for value in named.values()):
            raise InvalidBackup(f"its manifest lacks {key}")
    if not isinstance(manifest.get("made_at"), str):
        raise InvalidBackup("its manifest lacks made_at")
    return manifest


def compare_with_manifest(promised, found):
    """Refuse an archive whose files are not exactly those that its manifest names."""
    for name in sorted(promised.keys() | found.keys()):
        if name not in found:
            raise InvalidBackup(f"{name!r} is missing")
        if name not in promised:
            raise InvalidBackup(f"{name!r} is not in its manifest")
        if promised[name] != found[name]:
            raise InvalidBackup(f"{name!r} is damaged: its content is not what the manifest says")
