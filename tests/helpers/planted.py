"""A PDF with an e-mail address of its own in each place where its author, or a program, may have left one."""

import io
from itertools import count

from pikepdf import Array, Dictionary, Name, OutlineItem, Pdf, String
from PIL import Image, ImageCms

from tests.helpers.pdfs import add_page, bytes_of

RECTANGLE = [0, 0, 9, 9]


class Planter:
    def __init__(self):
        self.addresses, self.numbers = [], count(1)

    def address(self):
        self.addresses.append(f"gomd.plats{next(self.numbers):02}@example.org")
        return self.addresses[-1]

    def string(self):
        return String(self.address())

    def raw(self):
        return self.address().encode()


def jpeg(plant):
    """Return a JPEG of several scans with addresses in EXIF, XMP, IPTC, profile, comments, behind its end."""
    exif = Image.Exif()
    exif[0x013B] = plant.address()  # Artist
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() + plant.raw()
    stream = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(
        stream, "JPEG", progressive=True, exif=exif, icc_profile=profile, comment=plant.raw(), xmp=plant.raw()
    )
    data = stream.getvalue()
    iptc = b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0" + plant.raw()
    data = data[:2] + b"\xff\xed" + (len(iptc) + 2).to_bytes(2, "big") + iptc + data[2:]
    between = plant.raw()
    scan = data.rindex(b"\xff\xda")
    data = data[:scan] + b"\xff\xfe" + (len(between) + 2).to_bytes(2, "big") + between + data[scan:]
    return data + plant.raw()


def planted():
    """Return (the PDF as bytes, the addresses in it); its page says "Kallelse" and shows a picture."""
    plant, pdf = Planter(), Pdf.new()
    image = pdf.make_stream(
        jpeg(plant), Type=Name.XObject, Subtype=Name.Image, Width=256, Height=256, BitsPerComponent=8,
        ColorSpace=Array([Name.ICCBased, pdf.make_stream(b"profil " + plant.raw(), N=3)]),
        Metadata=pdf.make_stream(plant.raw(), Type=Name.Metadata), Alternates=plant.string(),
    )  # fmt: skip
    image.Filter = Name.DCTDecode
    form = pdf.make_stream(
        b"% " + plant.raw() + b"\n/Span <</ActualText (" + plant.raw() + b")>> BDC EMC",
        Type=Name.XObject, Subtype=Name.Form, BBox=RECTANGLE, PieceInfo=Dictionary(Word=plant.string()),
    )  # fmt: skip
    page = add_page(
        pdf,
        AA=Dictionary(O=Dictionary(S=Name.JavaScript, JS=plant.string())),
        PieceInfo=Dictionary(Word=Dictionary(Private=plant.string())),
        Metadata=pdf.make_stream(plant.raw(), Type=Name.Metadata),
        Thumb=pdf.make_stream(b"\0", Width=1, Height=1, Metadata=pdf.make_stream(plant.raw())),
    )
    layer = pdf.make_indirect(
        Dictionary(Type=Name.OCG, Name=plant.string(), Usage=Dictionary(A=plant.string()))
    )
    private = Dictionary(Type=Name.X, Metadata=Dictionary(A=plant.string()))
    page.Resources.XObject = Dictionary(Bild=image, Ruta=form)
    page.Resources.Properties = Dictionary(L=layer, M=private)
    page.Contents.write(
        page.Contents.read_bytes()
        + b"\n% " + plant.raw() + b"\n/Span <</Alt (" + plant.raw() + b")>> BDC EMC"
        b"\nq 99 0 0 99 60 500 cm /Bild Do Q /Ruta Do"
    )  # fmt: skip
    note = Dictionary(Type=Name.Annot, Subtype=Name.Text, Rect=RECTANGLE, Contents=plant.string())
    mark = Dictionary(
        Type=Name.Annot, Subtype=Name.Highlight, Rect=RECTANGLE, T=plant.string(), Contents=plant.string()
    )
    actions = [
        Dictionary(S=Name.URI, URI=String(f"mailto:{plant.address()}")),
        Dictionary(S=Name.Launch, F=plant.string()),
        Dictionary(S=Name.URI, URI=String(f"https://example.org/?till={plant.address()}")),
    ]
    links = [Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=RECTANGLE, A=action) for action in actions]
    field = pdf.make_indirect(
        Dictionary(
            Type=Name.Annot,
            Subtype=Name.Widget,
            FT=Name.Tx,
            Rect=RECTANGLE,
            T=plant.string(),
            TU=plant.string(),
            TM=plant.string(),
            MK=Dictionary(CA=plant.string()),
            AA=Dictionary(K=plant.string()),
        )  # fmt: skip
    )
    page.Annots = Array([*(pdf.make_indirect(one) for one in (note, mark, *links)), field])
    for key in ("/Author", "/Keywords", "/Company"):
        pdf.docinfo[key] = plant.string()
    root = pdf.Root
    root.AcroForm = Dictionary(Fields=Array([field]), Unknown=plant.string())
    root.OpenAction = Dictionary(S=Name.JavaScript, JS=plant.string())
    root.Metadata = pdf.make_stream(plant.raw(), Type=Name.Metadata, Subtype=Name.XML)
    root.URI = Dictionary(Base=plant.string())
    root.PageLabels = Dictionary(Nums=Array([0, Dictionary(P=plant.string())]))
    root.OCProperties = Dictionary(
        OCGs=Array([layer]), D=Dictionary(Creator=plant.string(), Order=[plant.string()])
    )
    element = pdf.make_indirect(
        Dictionary(
            Type=Name.StructElem,
            S=Name.Figure,
            Alt=plant.string(),
            ActualText=plant.string(),
            T=plant.string(),
            A=Dictionary(O=Name.Table, Summary=plant.string()),
            Lang=plant.string(),
        )  # fmt: skip
    )
    root.StructTreeRoot = Dictionary(
        Type=Name.StructTreeRoot, K=element, IDTree=Dictionary(Names=[plant.string(), element])
    )
    pdf.attachments["adresser.txt"] = plant.raw()
    script = Dictionary(S=Name.JavaScript, JS=plant.string())
    root.Names.JavaScript = Dictionary(Names=Array([plant.string(), script]))
    root.Names.Dests = Dictionary(Names=Array([plant.string(), Array([page, Name.Fit])]))
    with pdf.open_outline() as outline:
        outline.root.append(OutlineItem(plant.address(), 0))
    pdf.trailer.Hidden = plant.string()
    root.Gammal = pdf.make_indirect(Dictionary(A=plant.string()))
    return with_remains(
        bytes_of(pdf, compress_streams=False, fix_metadata_version=False), pdf, plant
    ), plant.addresses


def with_remains(content, pdf, plant):
    """Return a PDF with an incremental update that empties one object, and comments between others."""
    with Pdf.open(io.BytesIO(content)) as saved:
        number, root, size = saved.Root.Gammal.objgen[0], saved.Root.objgen[0], int(saved.trailer.Size)
    before = int(content.rpartition(b"startxref")[2].split()[0])
    content += b"% " + plant.raw() + b"\n"
    place = len(content)
    content += f"{number} 0 obj\n<< >>\nendobj\n".encode()
    table = len(content)
    update = (
        f"xref\n{number} 1\n{place:010} 00000 n \ntrailer\n"
        f"<< /Size {size} /Root {root} 0 R /Prev {before} >>\nstartxref\n{table}\n%%EOF\n"
    )
    return content + update.encode()
