"""Writes a PDF anew with nothing in it but what a reader sees. Runs in a process of its own.

    python -I rewriter.py SOURCE TARGET TITLE LANGUAGE

Prints one JSON object: {"pages": [text of each page], "notes": [...]} or {"refused": code}; codes and
notes are those of documents/pdf/__init__.py. Imports nothing of the site, so that it starts quickly and
holds no secrets. What may stay is listed (KEPT_...); everything else is left out, whatever it is called.
"""

import json
import logging
import re
import resource
import sys
import zlib
from binascii import crc32
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Stream

sys.path.insert(0, str(Path(__file__).parent))  # -I leaves it out
import images  # noqa: E402  after its folder

CPU_SECONDS = 20
MEMORY = 512 * 1024**2  # bytes
LARGEST_FILE = 100 * 1024**2  # bytes, of what is written
MOST_PAGES = 1000
MOST_OBJECTS = 300_000
LONGEST_TEXT = 2_000_000  # characters, of all pages

# ISO 32000-1: tables 28 (catalog), 30 (page), 164 (annotation), 220 (field).
KEPT_IN_CATALOG = {
    "/Type", "/Pages", "/PageLabels", "/Dests", "/Outlines", "/StructTreeRoot", "/MarkInfo", "/Lang",
    "/OCProperties", "/AcroForm", "/Names",
}  # fmt: skip
KEPT_IN_PAGE = {
    "/Type", "/Parent", "/Resources", "/MediaBox", "/CropBox", "/BleedBox", "/TrimBox", "/ArtBox",
    "/Contents", "/Rotate", "/Group", "/Annots", "/StructParents", "/Tabs", "/UserUnit",
}  # fmt: skip
KEPT_IN_FORM = {"/Fields", "/DR", "/DA", "/Q", "/NeedAppearances"}
# Marks that a reader sees on the page. Notes, files, sound and film are no part of the text.
KEPT_ANNOTATIONS = {
    "/Link", "/Widget", "/FreeText", "/Line", "/Square", "/Circle", "/Polygon", "/PolyLine", "/Highlight",
    "/Underline", "/Squiggly", "/StrikeOut", "/Stamp", "/Ink", "/Caret",
}  # fmt: skip
# Said of a mark by its author, seen by nobody who prints the page; what is a text alone goes with the others.
HIDDEN_IN_ANNOTATION = {"/T", "/RC", "/Popup", "/IRT", "/RT", "/ExData"}
# In whatever object they stand: metadata, private data of programs, what runs by itself, other files.
NEVER_KEPT = {
    "/Metadata", "/PieceInfo", "/LastModified", "/AA", "/OpenAction", "/JS", "/AF", "/EF", "/Thumb", "/OPI",
    "/CreatorInfo", "/Private", "/URIActions", "/PA", "/Alternates", "/Measure", "/PtData", "/Lock", "/SV",
}  # fmt: skip
# Texts that a page is drawn with or a reader is told, by their key. In SHOWN an address stays.
KEPT_STRINGS = {
    "/ActualText", "/AC", "/Alt", "/CA", "/CharSet", "/D", "/DA", "/DV", "/Desc", "/Dest", "/E",
    "/FontFamily", "/ID", "/Lang", "/NS", "/Name", "/Ordering", "/P", "/Panose", "/RC", "/Registry",
    "/Summary", "/T", "/TU", "/Title", "/URI", "/V",
}  # fmt: skip
SHOWN = {"/V", "/DV", "/Opt"}
TOLD = {"/Alt", "/ActualText", "/E", "/T", "/TU", "/V", "/DV", "/Opt", "/Title", "/Name"}
WEB = re.compile(rb"https?://(?:(?!%40)[^\s@])+\Z", re.IGNORECASE)  # a link with an @ in it may be an address
ADDRESS = re.compile(r"[\w.%+-]+@[\w-]+(?:\.[\w-]+)+")
PROPERTIES = re.compile(rb"%|<<[^<>]*(?:\(|<[0-9a-fA-F])")  # a comment, or a string in a list of properties


BROKEN = (
    pikepdf.PdfError, ValueError, RuntimeError, TypeError, KeyError, AttributeError, MemoryError, zlib.error
)  # fmt: skip


class Refused(Exception):
    """Raised with the code of what is wrong with the file."""


def open_source(path):
    """Return the Pdf at a path. Raises Refused."""
    with Path(path).open("rb") as file:
        start = file.read(1024)
    if not start:
        raise Refused("empty")
    if b"%PDF-" not in start:
        raise Refused("no_pdf")
    try:
        return pikepdf.open(path)
    except pikepdf.PasswordError:
        raise Refused("encrypted") from None
    except (pikepdf.PdfError, ValueError, RuntimeError):
        raise Refused("broken") from None


def keep_only(dictionary, kept):
    for key in set(dictionary.keys()) - kept:
        del dictionary[key]


def clean_catalog(pdf, notes):
    root = pdf.Root
    form = root.get("/AcroForm")
    if isinstance(form, Dictionary):
        if "/XFA" in form:
            raise Refused("xfa")
        if int(form.get("/SigFlags", 0)) & 1 or "/Perms" in root:
            notes.append("signature")
        keep_only(form, KEPT_IN_FORM)
    if not (isinstance(root.get("/MarkInfo"), Dictionary) and root.MarkInfo.get("/Marked", False)):
        notes.append("untagged")
    keep_only(root, KEPT_IN_CATALOG)
    if isinstance(root.get("/Names"), Dictionary):
        keep_only(root.Names, {"/Dests"})


def is_allowed_action(action):
    kind = action.get("/S")
    if kind == "/URI":
        return isinstance(action.get("/URI"), pikepdf.String) and bool(WEB.match(bytes(action.URI)))
    return kind == "/GoTo"


def clean_action(holder):
    """Leave a link to a page of the web or to a place in this file; take any other action away."""
    action = holder.get("/A")
    if not isinstance(action, Dictionary):
        return
    if is_allowed_action(action):
        keep_only(action, {"/S", "/URI", "/D", "/SD", "/Type"})
    else:
        del holder["/A"]


def clean_page(page):
    keep_only(page, KEPT_IN_PAGE)
    annotations = page.get("/Annots")
    if not isinstance(annotations, Array):
        if "/Annots" in page:
            del page["/Annots"]
        return
    kept = [
        each
        for each in annotations
        if isinstance(each, Dictionary) and str(each.get("/Subtype", "")) in KEPT_ANNOTATIONS
    ]
    for annotation in kept:
        clean_action(annotation)
        if annotation.Subtype != "/Widget":
            for key in HIDDEN_IN_ANNOTATION & set(annotation.keys()):
                del annotation[key]
    page["/Annots"] = Array(kept)


def parts_of(each, key=""):
    """Yield (part, key) for an object and what stands in it: Dictionary, Stream, Array; under which key."""
    waiting = [(each, key)]
    while waiting:
        part, key = waiting.pop()
        yield part, key
        inside = ((key, value) for value in part) if isinstance(part, Array) else part.items()
        waiting += [
            (value, name)
            for name, value in inside
            if isinstance(value, Dictionary | Array) and not value.is_indirect
        ]


def clean_dictionary(each, notes):
    """Take out what stands in NEVER_KEPT, and texts that no reader sees."""
    for key in NEVER_KEPT & set(each.keys()):
        del each[key]
    if each.get("/FT") == "/Sig" and "/V" in each:
        notes.append("signature")
        del each["/V"]
    if each.get("/Type") in ("/StructElem", "/OCG"):
        for key in {"/T", "/Usage"} & set(each.keys()):
            del each[key]
    if each.get("/Type") == "/Filespec":
        keep_only(each, {"/Type"})
    clean_action(each)
    for key, value in list(each.items()):
        if isinstance(value, pikepdf.String):
            if key not in KEPT_STRINGS:
                del each[key]
            elif key not in SHOWN:
                each[key] = without_addresses(value)


def clean_array(array):
    if len(array) and array[0] == "/Indexed":  # a table of colours
        return
    for place, value in enumerate(array):
        if isinstance(value, pikepdf.String):
            array[place] = without_addresses(value)


def without_addresses(string):
    """Return a String with other words for each address: the same for the same, so that names still lead."""
    if b"@" not in bytes(string) or not ADDRESS.search(str(string)):  # what is no text stays as it is
        return string
    return pikepdf.String(ADDRESS.sub(lambda found: f"e-post-{crc32(found[0].encode()):x}", str(string)))


def clean_parts(each, notes):
    for part, key in parts_of(each):
        if not isinstance(part, Array):
            clean_dictionary(part, notes)
        elif key not in SHOWN:
            clean_array(part)


def clean_stream(pdf, stream):
    if stream.get("/Subtype") == "/Image":
        clean_image(pdf, stream)
    elif stream.get("/Subtype") == "/Form" or "/PatternType" in stream:
        clean_instructions(stream, stream)
    elif stream.get("/Type") != "/ObjStm":  # a font, a colour profile, a table of characters
        data = stream.read_bytes()
        if (blanked := images.blank(data)) != data:
            stream.write(blanked)


def clean_image(pdf, image):
    """Take a picture's metadata away, of a kind of file that can have some. Its pixels are not touched."""
    filters, parameters = image.get("/Filter"), image.get("/DecodeParms")
    filters = list(filters) if isinstance(filters, Array) else [filters]
    parameters = list(parameters) if isinstance(parameters, Array) else [parameters]
    clean = images.CLEANERS.get(str(filters[-1]))
    if clean is None:
        return
    data = image.read_raw_bytes()
    if filters[:-1]:  # packed once more
        packed = pdf.make_stream(data)
        packed.write(data, filter=Array(filters[:-1]), decode_parms=Array(parameters[:-1] or [None]))
        data = packed.read_bytes()
    image.write(clean(data), filter=filters[-1], decode_parms=parameters[-1])


def clean_instructions(holder, contents):
    """Write `contents`, those of `holder`, anew where they hold comments or properties that nobody sees."""
    if not PROPERTIES.search(contents.read_bytes()):
        return
    parts = []
    for instruction in pikepdf.parse_content_stream(holder):
        for operand in instruction.operands:
            if isinstance(operand, Dictionary):
                clean_parts(operand, [])
        written = pikepdf.unparse_content_stream([instruction])
        is_picture = isinstance(instruction, pikepdf.ContentStreamInlineImage)
        parts.append(images.blank(written) if is_picture else written)
    contents.write(b"\n".join(parts))


def write_clean_copy(source, target, title, language):
    """Write the PDF at `source` anew to `target`. Return the notes. Raises Refused."""
    notes, drawn = [], set()
    with open_source(source) as pdf:
        if len(pdf.objects) > MOST_OBJECTS or len(pdf.pages) > MOST_PAGES:
            raise Refused("too_long")
        if not len(pdf.pages):
            raise Refused("no_pages")
        clean_catalog(pdf, notes)
        for page in pdf.pages:
            clean_page(page.obj)
            page.contents_coalesce()
            if "/Contents" in page.obj:
                clean_instructions(page.obj, page.obj.Contents)
                drawn.add(page.obj.Contents.objgen)
        pdf.remove_unreferenced_resources()
        for each in pdf.objects:
            if isinstance(each, Dictionary | Stream | Array):
                clean_parts(each, notes)
            if isinstance(each, Stream) and each.objgen not in drawn:
                clean_stream(pdf, each)
        trailer = pdf.trailer
        for key in set(trailer.keys()) - {"/Root", "/Size"}:
            del trailer[key]
        pdf.docinfo["/Title"] = without_addresses(pikepdf.String(title))
        if not str(pdf.Root.get("/Lang", "")):
            pdf.Root["/Lang"] = pikepdf.String(language)
        pdf.Root["/ViewerPreferences"] = Dictionary(DisplayDocTitle=True)
        pdf.save(
            target,
            linearize=True,
            deterministic_id=True,
            compress_streams=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )
    return notes


def read_text(path):
    """Return the text of each page, also what stands in fields, marks, and descriptions of pictures."""
    import pypdf

    texts, left = [], LONGEST_TEXT
    for page in pypdf.PdfReader(path).pages:
        text = "\n".join([page.extract_text(), *texts_of_marks(page)])[:left]
        left -= len(text)
        texts.append(text)
    with pikepdf.open(path) as pdf:
        found = (each for each in pdf.objects if isinstance(each, Dictionary | Stream | Array))
        hidden = [text for each in found for part, key in parts_of(each) for text in strings_in(part, key)]
    if hidden:
        texts[0] += "\n" + "\n".join(hidden)[:left]
    return texts


def texts_of_marks(page):
    """Yield the text of what a pypdf page shows over itself: filled fields, notes, stamps."""
    for mark in page.get("/Annots") or ():
        shown = mark.get_object().get("/AP", {}).get("/N")
        shown = shown and shown.get_object()
        for one in [shown] if hasattr(shown, "get_data") else (shown or {}).values():
            yield page.extract_xform_text(one.get_object())


def strings_in(part, key):
    """Yield what an object says that a reader can be told, and whatever else holds an address."""
    entries = ((key, value) for value in part) if isinstance(part, Array) else part.items()
    for name, value in entries:
        if isinstance(value, pikepdf.String | pikepdf.Name):
            is_told = name in TOLD and isinstance(value, pikepdf.String)
            if is_told or ADDRESS.search(str(value)):
                yield str(value)


def main():
    source, target, title, language = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    logging.disable()
    try:
        notes = write_clean_copy(source, target, title, language)
    except Refused as refusal:
        answer = {"refused": str(refusal)}
    except BROKEN:
        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        answer = {"refused": "too_heavy" if used > MEMORY // 2 else "broken"}
    else:
        try:
            pages = read_text(target)
        except Exception:  # pypdf fails in many ways on what other readers show
            pages = None
        answer = {"pages": pages, "notes": sorted(set(notes))}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
