"""Pictures that people upload: checked before they are decoded, stored as our own JPEG.

What is stored never holds the uploader's bytes: no metadata (a phone writes where the picture
was taken), no name, no format but JPEG. The smaller AVIF and WebP versions are django-pictures'.
"""

import secrets
import warnings
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import timedelta
from io import BytesIO

import pi_heif
from django import forms
from django.contrib.admin.widgets import AdminFileWidget
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils.html import format_html
from pictures.models import PictureField, PictureFieldFile, PillowPicture
from PIL import Image, ImageCms, ImageOps

from common.files.file_lock import file_lock
from common.files.storage import delete_picture

pi_heif.register_heif_opener()
SRGB = ImageCms.createProfile("sRGB")

FORMATS = ["JPEG", "PNG", "WEBP", "AVIF", "GIF", "HEIF"]
MAX_PICTURE_BYTES = 20 * 1024 * 1024
MAX_PIXELS = {  # so that a worker needs less than 500 MB
    "JPEG": 64_000_000,  # decoded at a fraction of its size, so a little is enough
    "progressive JPEG": 60_000_000,  # up to 6 bytes a pixel
    "HEIF": 50_000_000,  # about 7 bytes a pixel
    "other": 25_000_000,  # about 12 bytes a pixel
}
LONGEST_SIDE = 20_000
MAX_RATIO = 50  # of the sides: a smaller rendition is at least a few pixels high
SHARE_WIDTH = 1200  # what Facebook and its like ask for
UPLOAD_TIME = timedelta(days=1)  # a younger picture may belong to a save that is not finished
MAX_SIDE = 2400  # what is kept; enough for a full-width picture on a sharp screen

ADVICE = "På telefonen: öppna bilden, ta en skärmbild av den och välj skärmbilden i stället."
UNREADABLE_PICTURE = (
    f"Bilden gick inte att läsa. Välj en vanlig bild (JPEG, PNG, HEIC, WebP, AVIF eller GIF). {ADVICE}"
)
TOO_MANY_BYTES = f"Bilden är för stor ({{size}} MB, högst 20 MB går). {ADVICE}"
TOO_MANY_PIXELS = f"Bilden har för många bildpunkter ({{width}} × {{height}}). {ADVICE}"
TOO_NARROW = (
    "Bilden är för smal ({width} × {height}). "
    "På telefonen: öppna bilden, beskär den så att den blir högre eller bredare, och välj den igen."
)


def decoding_lock():
    """Let one picture of the whole site be decoded at a time, so that the memory is enough; others wait."""
    return file_lock("pictures")


def open_picture(file):
    """Return a Pillow image whose header has been read and whose pixels have not.

    Raises ValidationError (Swedish, for the person who uploads) when the file is too big, has too many
    pixels or too unlike sides, or is not one of FORMATS, by its bytes.
    """
    if file.size > MAX_PICTURE_BYTES:
        raise ValidationError(TOO_MANY_BYTES.format(size=-(-file.size // 1024**2)), code="too_many_bytes")
    file.seek(0)
    try:
        with warnings.catch_warnings():
            # Pillow only warns about big pictures; the limit here is ours, and it is an error.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(file, formats=FORMATS)
    except Image.DecompressionBombError:
        raise ValidationError(f"Bilden har för många bildpunkter. {ADVICE}", code="too_many_pixels") from None
    except Exception:  # noqa: BLE001  decoders raise what they like about damaged files
        raise ValidationError(UNREADABLE_PICTURE, code="unreadable") from None
    size = {"width": image.width, "height": image.height}
    kind = "JPEG" if image.format == "MPO" else image.format  # MPO: several JPEGs in one file
    kind = f"progressive {kind}" if "progressive" in image.info else kind
    if (
        image.width * image.height > MAX_PIXELS.get(kind, MAX_PIXELS["other"])
        or max(image.size) > LONGEST_SIDE
    ):
        raise ValidationError(TOO_MANY_PIXELS.format(**size), code="too_many_pixels")
    if max(image.size) > MAX_RATIO * min(image.size):
        raise ValidationError(TOO_NARROW.format(**size), code="too_narrow")
    return image


def original_of(path, folder):
    """Return the name of the stored picture that the file at `path`, in `folder`, is or was made from."""
    name = path.removeprefix(folder).partition("/")[0].partition(".")[0]
    return f"{folder}{name}.jpg"


class NormalisedPicture(ContentFile):
    """A JPEG from normalised_picture()."""


def normalised_picture(file):
    """Return the picture in `file` as a NormalisedPicture: upright, sRGB, at most MAX_SIDE, no metadata.

    One that is a NormalisedPicture already is returned as it is. Of an animation the first frame is
    kept; transparency becomes white.
    Raises ValidationError like open_picture, also when the pixels turn out to be damaged.
    """
    if isinstance(file, NormalisedPicture):
        return file
    with decoding_lock():
        image = open_picture(file)
        try:
            image = flattened(reduced(image))
        except Exception:  # noqa: BLE001  as in open_picture
            raise ValidationError(UNREADABLE_PICTURE, code="unreadable") from None
    content = BytesIO()
    image.save(content, "JPEG", quality=85, optimize=True, progressive=True)
    return NormalisedPicture(content.getvalue(), name=f"{secrets.token_hex(8)}.jpg")


def reduced(image):
    """Return an opened image decoded, upright, and at most MAX_SIDE wide and high."""
    scale = min(1, MAX_SIDE / max(image.size))
    size = tuple(round(side * scale) for side in image.size)
    image.draft(None, size)  # a JPEG is decoded at about the size that is needed
    if image.mode == "P":
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    elif image.mode == "1":
        image = image.convert("L")
    image = image.resize(size, reducing_gap=2.0)
    return ImageOps.exif_transpose(image)


def flattened(image):
    """Return a picture as sRGB on white, by its colour profile if that is a sound one of its mode."""
    profile, alpha = image.info.get("icc_profile"), None
    if image.mode.startswith(("I", "F")):  # 16 bits a channel: keep the light ones
        image = image.point(lambda level: level / 256).convert("L")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        alpha, image = image.getchannel("A"), image.convert("RGB")
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile or b""))
        image = ImageCms.profileToProfile(image, source, SRGB, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):  # none, a broken one, or one of another mode
        image = image.convert("RGB")
    flat = Image.new("RGB", image.size, "white")
    flat.paste(image, mask=alpha)
    return flat


class Rendition(PillowPicture):
    """A smaller version of a picture, encoded fast: the editor waits for the save.

    Tried on a 12-megapixel photo: all six versions in 1.2 s on one core, with Pillow's own settings
    in 2.3 s, and the files are smaller.
    """

    OPTIONS = {
        "AVIF": {"quality": 60, "speed": 8},
        "WEBP": {"quality": 75},
        "JPEG": {"quality": 80, "optimize": True, "progressive": True},
    }

    def resize(self, image):
        """Return the picture exactly as wide as srcset and those who are shown its size are told."""
        size = self.width, round(self.width * image.height / image.width)
        return image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)

    def save(self, image):
        content = BytesIO()
        self.resize(image.convert("RGB")).save(content, self.file_type, **self.OPTIONS[self.file_type])
        self.storage.delete(self.name)  # the storage would give a second one another name
        self.storage.save(self.name, ContentFile(content.getvalue()))


class SentPicture(str):
    """What receive_picture() answered, and a form says instead of a file: the signed name of a stored one."""

    @classmethod
    def of(cls, stored):
        return cls(signing.dumps(stored.name, salt=cls.__name__))

    @property
    def stored_name(self):
        """Raises ValidationError when no such picture was sent, or so long ago that it may be deleted."""
        with suppress(signing.BadSignature):
            name = signing.loads(self, salt=type(self).__name__, max_age=UPLOAD_TIME - timedelta(hours=1))
            if default_storage.exists(name):
                return name
        raise ValidationError("Välj bilden igen: den är inte kvar.")


def receive_picture(file, field):
    """Store a picture that is sent by itself, before the form it belongs to; return (SentPicture, small URL).

    Raises ValidationError. When no form names it within UPLOAD_TIME, it is deleted as one that nothing names.
    """
    stored = field.attr_class(field.model(), field, None)
    picture = UploadFormField().clean(file)
    stored.save(picture.name, picture, save=False)
    return SentPicture.of(stored), stored.small_url


class PictureInput(AdminFileWidget):
    """Shows the picture that is stored, beside its name; `send_to`: as of UploadedPictureField."""

    def __init__(self, send_to="", attrs=None):
        super().__init__(attrs)
        self.send_to = send_to

    def value_from_datadict(self, data, files, name):
        file = super().value_from_datadict(data, files, name)
        sent = self.send_to and data.get(f"{name}-sent")
        return SentPicture(sent) if sent and not file else file

    def render(self, name, value, attrs=None, renderer=None):
        url, sent = "", ""
        if self.is_initial(value):
            url = value.small_url
        elif isinstance(value, SentPicture):
            with suppress(ValidationError):
                url, sent = default_storage.url(value.stored_name), value
        if self.send_to:
            attrs = {**(attrs or {}), "data-send": reverse(self.send_to)}
        html = super().render(name, value, attrs, renderer)
        if self.send_to:
            html += format_html('<input type="hidden" name="{}-sent" value="{}">', name, sent)
        return format_html('<img class="current-picture" src="{}" alt="">{}', url, html) if url else html


class UploadFormField(forms.ImageField):
    """A file field that says in Swedish, at the field, why a picture is refused."""

    default_error_messages = {"empty": f"Den skickade filen är tom. {ADVICE}"}
    default_validators = []  # the bytes say what it is, not the name

    def bound_data(self, data, initial):
        return data if isinstance(data, SentPicture) else initial

    def to_python(self, data):
        """Return the upload as a normalised JPEG, the name of a stored one, or None."""
        if isinstance(data, SentPicture):
            return data.stored_name
        file = forms.FileField.to_python(self, data)
        if file is None:
            return None
        return normalised_picture(file)


_stored = ContextVar("files stored inside stored_or_deleted()", default=None)


@contextmanager
def stored_or_deleted():
    """Delete the pictures that are stored inside when it raises: no row names them then."""
    files = []
    token = _stored.set(files)
    try:
        yield
    except BaseException:
        for storage, name in files:
            delete_picture(storage, name)
        raise
    finally:
        _stored.reset(token)


class UploadedPictureFile(PictureFieldFile):
    def save(self, name, content, save=True):
        """Store `content` normalised, whoever saves it: a form, a command or a shell.

        Whatever it raises, on a full disk OSError, no file is left behind.
        """
        content = normalised_picture(content)
        stored = self.field.generate_filename(self.instance, content.name)
        try:
            super().save(content.name, content, save)
        except BaseException:
            delete_picture(self.storage, stored)
            raise
        if (files := _stored.get()) is not None:
            files.append((self.storage, stored))

    def save_all(self):
        with decoding_lock():
            super().save_all()

    @property
    def small_url(self):
        """The address of the smallest version, or of the picture where it is small itself."""
        by_width = next(iter(self.aspect_ratios.values()))["WEBP"]
        return by_width[min(by_width)].url if by_width else self.url

    @property
    def share_picture(self):
        """A smaller JPEG, for who shows a link to the page with its picture: few of them know AVIF."""
        return Rendition(self.name, "JPEG", None, self.storage, min(SHARE_WIDTH, self.width))

    def get_picture_files_list(self):
        return super().get_picture_files_list() | ({self.share_picture} if self.field.is_shared else set())


class UploadedPictureField(PictureField):
    """A PictureField for untrusted uploads. Raises ValidationError when a picture is unusable.

    `is_shared`: with a `share_picture`. `send_to`: the name of the URL of receive_picture().
    """

    attr_class = UploadedPictureFile

    def __init__(self, *args, is_shared=False, send_to="", **kwargs):
        self.is_shared = is_shared
        self.send_to = send_to
        super().__init__(*args, **kwargs)

    def update_dimension_fields(self, instance, force=False, *args, **kwargs):
        """As Django's, which makes a file object of every row that is read to find its size already there."""
        known = instance.__dict__
        is_filled = known.get(self.width_field) and known.get(self.height_field)
        if force or (known.get(self.attname) and not is_filled):
            super().update_dimension_fields(instance, force, *args, **kwargs)

    def formfield(self, **kwargs):
        # The admin passes its own widget for a picture, which shows only a name.
        widget = PictureInput(self.send_to)
        return super().formfield(**{"form_class": UploadFormField, **kwargs, "widget": widget})

    def deconstruct(self):
        """Leave the layout out of migrations: it says nothing about the database."""
        name, path, args, kwargs = super().deconstruct()
        layout = {
            "aspect_ratios",
            "container_width",
            "file_types",
            "pixel_densities",
            "grid_columns",
            "breakpoints",
        }
        return name, path, args, {key: value for key, value in kwargs.items() if key not in layout}
