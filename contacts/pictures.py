"""Pictures that people upload: checked before they are decoded, stored as our own JPEG.

What is stored never holds the uploader's bytes: no metadata (a phone writes where the picture
was taken), no name, no format but JPEG. The smaller AVIF and WebP versions are django-pictures'.
"""

import secrets
import warnings
from io import BytesIO
from threading import Lock

from django import forms
from django.contrib.admin.widgets import AdminFileWidget
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.html import format_html
from pictures.models import PictureField, PictureFieldFile, PillowPicture
from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ["JPEG", "PNG", "WEBP", "AVIF", "GIF"]
MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 50_000_000  # a JPEG is decoded at a fraction of that
MAX_PIXELS_AT_ONCE = 25_000_000  # any other format is decoded whole: about 12 bytes a pixel
LONGEST_SIDE = 20_000
SHARE_WIDTH = 1200  # what Facebook and its like ask for
MAX_SIDE = 2400  # what is kept; enough for a full-width picture on a sharp screen

BROKEN = (OSError, ValueError, SyntaxError, RuntimeError)  # what Pillow raises, by format
one_at_a_time = Lock()  # so that four uploads at once need no more memory than one

UNREADABLE = "Bilden gick inte att läsa. Välj en bild i formatet JPEG, PNG, WebP, AVIF eller GIF."
TOO_MANY_BYTES = "Bilden är för stor ({size} MB). Välj en bild på högst 20 MB."
TOO_MANY_PIXELS = "Bilden har för många bildpunkter ({width} × {height}). Förminska den och försök igen."


def open_picture(file):
    """Return a Pillow image whose header has been read and whose pixels have not.

    Raises ValidationError (Swedish, for the person who uploads) when the file is too big,
    has too many pixels, or is not one of FORMATS.
    """
    if file.size > MAX_BYTES:
        raise ValidationError(TOO_MANY_BYTES.format(size=-(-file.size // 1024**2)), code="too_many_bytes")
    file.seek(0)
    try:
        with warnings.catch_warnings():
            # Pillow only warns about big pictures; the limit here is ours, and it is an error.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(file, formats=FORMATS)
    except Image.DecompressionBombError:
        raise ValidationError(
            "Bilden har för många bildpunkter. Förminska den och försök igen.",
            code="too_many_pixels",
        ) from None
    except (UnidentifiedImageError, *BROKEN):
        raise ValidationError(UNREADABLE, code="unreadable") from None
    limit = MAX_PIXELS if image.format == "JPEG" else MAX_PIXELS_AT_ONCE
    if image.width * image.height > limit or max(image.size) > LONGEST_SIDE:
        raise ValidationError(
            TOO_MANY_PIXELS.format(width=image.width, height=image.height), code="too_many_pixels"
        )
    return image


def original_of(path, folder):
    """Return the name of the stored picture that the file at `path`, in `folder`, is or was made from."""
    name = path.removeprefix(folder).partition("/")[0].partition(".")[0]
    return f"{folder}{name}.jpg"


class OwnPicture(ContentFile):
    """A JPEG of our own making, from normalised()."""


def normalised(file):
    """Return the picture in `file` as a new OwnPicture: upright, at most MAX_SIDE, no metadata.

    One that is an OwnPicture already is returned as it is. Of an animation the first frame is
    kept; transparency becomes white.
    Raises ValidationError like open_picture, also when the pixels turn out to be damaged.
    """
    if isinstance(file, OwnPicture):
        return file
    with one_at_a_time:
        return encoded(open_picture(file))


def encoded(image):
    """Return an OwnPicture of a Pillow image that has been opened. Raises like normalised."""
    try:
        image.draft("RGB", (MAX_SIDE, MAX_SIDE))  # a JPEG is decoded at about the needed size
        image = ImageOps.exif_transpose(image)
        image.thumbnail((MAX_SIDE, MAX_SIDE))
        if image.mode in ("I", "I;16", "I;16B", "F"):  # 16 bits a channel: keep the light ones
            image = image.point(lambda level: level / 256).convert("L")
        rgba = image.convert("RGBA")
    except (*BROKEN, Image.DecompressionBombError):
        raise ValidationError(UNREADABLE, code="unreadable") from None
    flat = Image.new("RGB", rgba.size, "white")
    flat.paste(rgba, mask=rgba.getchannel("A"))
    content = BytesIO()
    flat.save(content, "JPEG", quality=85, optimize=True, progressive=True)
    return OwnPicture(content.getvalue(), name=f"{secrets.token_hex(8)}.jpg")


class Rendition(PillowPicture):
    """A smaller version of a picture, encoded fast enough for the volunteer who waits for her save.

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


class PictureInput(AdminFileWidget):
    """Shows the picture that is stored, beside its name."""

    def render(self, name, value, attrs=None, renderer=None):
        html = super().render(name, value, attrs, renderer)
        if not self.is_initial(value):
            return html
        return format_html('<img class="current-picture" src="{}" alt="">{}', value.small_url, html)


class UploadFormField(forms.ImageField):
    """A file field that says in Swedish, at the field, why a picture is refused."""

    def to_python(self, data):
        """Return the upload as a normalised JPEG, or None; the browser's file name is dropped."""
        file = forms.FileField.to_python(self, data)
        if file is None:
            return None
        return normalised(file)


class UploadedPictureFile(PictureFieldFile):
    def save(self, name, content, save=True):
        """Store `content` normalised, whoever saves it: a form, a command or a shell.

        Raises OSError where the disk takes no more, and leaves no half file there.
        """
        content = normalised(content)
        stored = self.field.generate_filename(self.instance, content.name)
        try:
            super().save(content.name, content, save)
        except OSError:
            if self.name == stored:
                self.delete_all()  # the smaller versions, as far as they were made
            self.storage.delete(stored)
            raise

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

    `is_shared`: with a `share_picture`.
    """

    attr_class = UploadedPictureFile

    def __init__(self, *args, is_shared=False, **kwargs):
        self.is_shared = is_shared
        super().__init__(*args, **kwargs)

    def update_dimension_fields(self, instance, force=False, *args, **kwargs):
        """As Django's, which makes a file object of every row that is read to find its size already there."""
        known = instance.__dict__
        is_filled = known.get(self.width_field) and known.get(self.height_field)
        if force or (known.get(self.attname) and not is_filled):
            super().update_dimension_fields(instance, force, *args, **kwargs)

    def formfield(self, **kwargs):
        # The admin passes its own widget for a picture, which shows only a name.
        return super().formfield(**{"form_class": UploadFormField, **kwargs, "widget": PictureInput})

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
