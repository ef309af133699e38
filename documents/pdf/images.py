"""What a picture inside a PDF says beside its pixels: taken away, by the rules of each kind of file.

Imported by rewriter.py alone, from beside it: knows nothing of the site.
"""

import re

# Of a length that chance does not make among other bytes; in fonts and colour profiles of two bytes a letter.
ADDRESSES = re.compile(
    rb"[A-Za-z0-9._%+-]{2,64}@[A-Za-z0-9-]{2,63}(?:\.[A-Za-z0-9-]{2,63})+"
    rb"|(?:[A-Za-z0-9._%+-]\0){2,64}@\0(?:[A-Za-z0-9-]\0){2,63}(?:\.\0(?:[A-Za-z0-9-]\0){1,62}[A-Za-z0-9-]\0?)+"
)
JPEG_KEPT = {0xE0: b"JFIF\0", 0xEE: b"Adobe"}  # APP segments; of JFIF without its small picture
JP2_KEPT = {b"jP  ", b"ftyp", b"rreq", b"jp2h", b"jpch", b"jplh", b"jp2c"}
NEXT_MARKER = re.compile(rb"\xff[^\0\xff\xd0-\xd7]")  # behind the coded pixels of a scan


def blank(data):
    """Return data of a kind that we do not know with other letters, as many, for e-mail addresses."""
    return ADDRESSES.sub(lambda found: re.sub(rb"[^\0]", b"x", found[0]), data) if b"@" in data else data


def jpeg(data):
    """Return a JPEG without comments, EXIF, XMP, colour profile (the PDF has one) and a tail."""
    kept, at = [data[:2]], 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        if marker == 0xD9:
            break
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == 0xDA:  # the pixels
            following = NEXT_MARKER.search(data, end)
            end = following.start() if following else len(data)
        segment = data[at:end]
        if marker == 0xE0:
            segment = segment[:2] + b"\0\x10" + segment[4:16] + b"\0\0"
        is_application = marker == 0xFE or 0xE0 <= marker <= 0xEF
        if not is_application or segment[4:].startswith(JPEG_KEPT.get(marker, b"\0none")):
            kept.append(segment)
        at = end
    return b"".join(kept) + b"\xff\xd9" if len(kept) > 1 else data


def jpeg_2000(data):
    """Return a JPEG 2000 file with those boxes only that hold pixels (ISO 15444-1, annex I)."""
    kept, at = [], 0
    while data[4:8] == b"jP  " and at + 8 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big") or len(data) - at
        if length < 8:
            break
        if data[at + 4 : at + 8] in JP2_KEPT:
            kept.append(data[at : at + length])
        at += length
    return blank(b"".join(kept) or data)  # comments in the pixels' own header


CLEANERS = {"/DCTDecode": jpeg, "/JPXDecode": jpeg_2000, "/JBIG2Decode": blank}
