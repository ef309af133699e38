"""Archives that are no good: each kind is made of a good one, by name, in DAMAGES."""

import gzip
import hashlib
import io
import json
import tarfile
import zipfile


def parts(path):
    """Return {name: content} of an archive without its manifest's date and kind of database."""
    with tarfile.open(path) as tar:
        found = {member.name: tar.extractfile(member).read() for member in tar}
    manifest = json.loads(found["manifest.json"])
    del manifest["made_at"], manifest["versions"]
    return {**found, "manifest.json": manifest}


def rebuilt(good, change, *, honest=True, extra=(), cut=None):
    """Return an archive's bytes after `change(contents, manifest)`; an honest manifest agrees with them."""
    contents = {name: content for name, content in parts(good).items() if name != "manifest.json"}
    with tarfile.open(good) as tar:
        manifest = json.load(tar.extractfile("manifest.json"))
    change(contents, manifest)
    if honest:
        manifest["files"] = {
            name: {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in contents.items()
        }
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for name, content in [*contents.items(), *extra]:
            add(tar, name, content)
        if manifest:
            add(tar, "manifest.json", json.dumps(manifest).encode())
    return gzip.compress(stream.getvalue()[:cut])


def add(tar, name, content):
    member = content if isinstance(content, tarfile.TarInfo) else tarfile.TarInfo(name)
    if isinstance(content, bytes):
        member.size = len(content)
    tar.addfile(member, io.BytesIO(content) if isinstance(content, bytes) else None)


def sparse(good):
    """An archive with a picture of one byte that claims to be a gigabyte of holes."""
    member = tarfile.TarInfo("media/hal.jpg")
    member.pax_headers = {"GNU.sparse.map": "0,1", "GNU.sparse.size": str(2**30)}
    member.size = 1
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        add(tar, "README.txt", b"x")
        tar.addfile(member, io.BytesIO(b"x"))
    return gzip.compress(stream.getvalue())


def special(name, kind, target=""):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


def nothing(contents, manifest):
    pass


def changed(table, edit):
    """A change that puts `edit(rows)` in the place of a table's rows."""

    def change(contents, manifest):
        name = f"tables/{table}.jsonl"
        edited = edit([json.loads(line) for line in contents[name].splitlines()])
        contents[name] = b"".join(json.dumps(row).encode() + b"\n" for row in edited)
        manifest["rows"][table] = len(edited)

    return change


def with_item(name, content):
    return lambda contents, manifest: contents.update({name: content})


def without_item(start):
    def change(contents, manifest):
        del contents[next(name for name in contents if name.startswith(start))]

    return change


def in_manifest(**facts):
    return lambda contents, manifest: manifest.update(facts)


def zipped(good):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr("README.txt", "x")
    return stream.getvalue()


def promising(size):
    """A tar whose one picture claims to be huge, and is not."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        add(tar, "README.txt", b"x")
    member = tarfile.TarInfo("media/stor.jpg")
    member.size = size
    head = stream.getvalue()[:1024]
    return gzip.compress(head + member.tobuf(tarfile.GNU_FORMAT) + bytes(10240))


def long_header(good):
    """A tar whose first header says that the name of its first file takes eight gigabytes."""
    member = special("././@LongLink", tarfile.GNUTYPE_LONGNAME)
    member.size = 8 * 1024**3
    return gzip.compress(member.tobuf(tarfile.GNU_FORMAT) + bytes(10240))


def flipped(path, at):
    content = bytearray(path.read_bytes())
    content[at] ^= 0x20
    return bytes(content)


def update(**fields):
    return lambda found: [{**row, **fields} for row in found]


DAMAGES = {
    "an empty file": lambda good: b"",
    "a text": lambda good: b"-- PostgreSQL database dump\n" * 1000,
    "a zip file": zipped,
    "a tar without gzip": lambda good: gzip.decompress(good.read_bytes()),
    "half of it": lambda good: good.read_bytes()[: good.stat().st_size // 2],
    "all but the last byte": lambda good: good.read_bytes()[:-1],
    "a byte changed in the middle": lambda good: flipped(good, good.stat().st_size // 2),
    "a byte changed in gzip's checksum": lambda good: flipped(good, -6),
    "something after its end": lambda good: good.read_bytes() + b"something",
    "something after its end, gzipped": lambda good: good.read_bytes() + gzip.compress(b"something"),
    "cut between two files, gzipped again": lambda good: rebuilt(good, nothing, cut=20480),
    "a foreign tar": lambda good: rebuilt(
        good, lambda c, m: (c.clear(), m.clear(), c.update({"a.txt": b"x"}))
    ),
    "an empty tar": lambda good: rebuilt(good, lambda c, m: (c.clear(), m.clear())),
    "no manifest": lambda good: rebuilt(good, lambda c, m: m.clear(), honest=False),
    "a manifest that is no JSON": lambda good: rebuilt(
        good, lambda c, m: m.clear(), honest=False, extra=[("manifest.json", b"{")]
    ),
    "a manifest that is a list": lambda good: rebuilt(
        good, lambda c, m: m.clear(), honest=False, extra=[("manifest.json", b"[1]")]
    ),
    "a manifest without migrations": lambda good: rebuilt(good, lambda c, m: m.pop("migrations")),
    "a manifest of strange shape": lambda good: rebuilt(good, in_manifest(migrations={"news": 7})),
    "a newer format": lambda good: rebuilt(good, in_manifest(format=2)),
    "a newer version of the site": lambda good: rebuilt(
        good, lambda c, m: m["migrations"]["news"].append("0999_newer")
    ),
    "an unknown app": lambda good: rebuilt(good, lambda c, m: m["migrations"].update(blog=["0001_initial"])),
    "a table changed": lambda good: rebuilt(good, changed("news.post", update(title="Ändrad")), honest=False),
    "a picture changed": lambda good: rebuilt(
        good, lambda c, m: c.update({next(n for n in c if n.endswith(".jpg")): b"x"}), honest=False
    ),
    "a table missing": lambda good: rebuilt(good, without_item("tables/news.post"), honest=False),
    "a table missing, and its checksum": lambda good: rebuilt(good, without_item("tables/news.post")),
    "a table too many": lambda good: rebuilt(good, with_item("tables/blog.post.jsonl", b"")),
    "a picture missing": lambda good: rebuilt(good, without_item("media/"), honest=False),
    "a picture too many": lambda good: rebuilt(good, nothing, extra=[("media/x.jpg", b"x")]),
    "a file that belongs nowhere": lambda good: rebuilt(good, with_item("hgf_site/settings.py", b"x")),
    "a name that leads out": lambda good: rebuilt(good, with_item("media/../../ut.jpg", b"x")),
    "an absolute name": lambda good: rebuilt(good, with_item("/tmp/ut.jpg", b"x")),  # noqa: S108  refused
    "a hidden name": lambda good: rebuilt(good, with_item("media/nyheter/.htaccess", b"x")),
    "a name that no disk takes": lambda good: rebuilt(good, with_item(f"media/{'å' * 128}.jpg", b"x")),
    "a name that speaks to the terminal": lambda good: rebuilt(good, with_item("media/\x1b[2J.jpg", b"x")),
    "a link that speaks to the terminal": lambda good: rebuilt(
        good, nothing, extra=[("", special("media/\x1b[2J", tarfile.SYMTYPE, "x"))]
    ),
    "a promise that speaks to the terminal": lambda good: rebuilt(
        good, lambda c, m: m["files"].update({"\x1b[2J": {}}), honest=False
    ),
    "a sparse file": sparse,
    "a symbolic link": lambda good: rebuilt(
        good, nothing, extra=[("", special("media/x", tarfile.SYMTYPE, "/etc/passwd"))]
    ),
    "a hard link": lambda good: rebuilt(
        good, nothing, extra=[("", special("media/x", tarfile.LNKTYPE, "README.txt"))]
    ),
    "a device": lambda good: rebuilt(good, nothing, extra=[("", special("media/x", tarfile.CHRTYPE))]),
    "a folder": lambda good: rebuilt(good, nothing, extra=[("", special("media/x", tarfile.DIRTYPE))]),
    "the same file twice": lambda good: rebuilt(good, nothing, extra=[("README.txt", b"x")]),
    "a file after the manifest": lambda good: rebuilt(
        good,
        lambda c, m: m.clear(),
        honest=False,
        extra=[("manifest.json", manifest_of(good)), ("media/x", b"x")],
    ),
    "a file that claims a petabyte": lambda good: promising(2**50),
    "a header that claims gigabytes": long_header,
    "a row that is no JSON": lambda good: rebuilt(good, with_item("tables/news.post.jsonl", b"{\n")),
    "a row without its columns": lambda good: rebuilt(good, changed("news.post", lambda rows: [{"id": 1}])),
    "a row with a column too many": lambda good: rebuilt(good, changed("news.post", update(colour="red"))),
    "a row with a date that is none": lambda good: rebuilt(
        good, changed("news.post", update(published_at="i går"))
    ),
    "a row that points to nothing": lambda good: rebuilt(good, changed("news.post", update(category_id=99))),
    "a row that breaks a rule": lambda good: rebuilt(good, changed("contacts.branch", update(id=2))),
    "the same row twice": lambda good: rebuilt(good, changed("news.post", lambda rows: rows * 2)),
    "fewer rows than promised": lambda good: rebuilt(good, lambda c, m: m["rows"].update({"news.post": 2})),
}


def manifest_of(good):
    with tarfile.open(good) as tar:
        return tar.extractfile("manifest.json").read()
