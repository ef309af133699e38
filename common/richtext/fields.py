"""The rich text field: CKEditor in the admin, clean HTML in the database.

To replace the editor, change `EditorWidget`; nothing else knows which one it is.
"""

from ckeditor.widgets import CKEditorWidget
from django import forms
from django.db import models
from django.templatetags.static import static
from django.urls import reverse

from common.richtext.paste import normalize_html
from common.richtext.paste.removed import Removed
from common.richtext.sanitize import ATTRIBUTES, TAGS
from common.richtext.static_files import REMOVED_PLUGINS, SKIN


# The bundled CKEditor 4.22.1 gets no more security fixes. These plugins load other hosts' pages,
# send text elsewhere, clean what is pasted in another way than common/richtext/paste, or offer what
# clean_html takes away again; common/richtext/checks.py names those that must never be switched on.
def allowed_content():
    """CKEditor's allow-list, made from ours: "p h2 a[href] th[scope] …"."""
    return "; ".join(
        tag + (f"[{','.join(sorted(ATTRIBUTES[tag]))}]" if tag in ATTRIBUTES else "") for tag in sorted(TAGS)
    )


EDITOR_CONFIG = {
    "toolbar": [
        ["Rubrik", "Underrubrik"],
        ["Bold", "Italic", "Superscript", "Subscript"],
        ["BulletedList", "NumberedList"],
        ["Link", "Unlink", "Kontakt"],
        ["Blockquote", "Table"],
        ["Undo", "Redo"],
    ],
    "extraPlugins": "rubriker,kontakt,autogrow",  # registered by static/richtext/editor.js
    "removePlugins": ",".join(REMOVED_PLUGINS),
    "allowedContent": allowed_content(),
    "versionCheck": False,
    "customConfig": "",  # this is all of it
    "stylesSet": False,
    "title": "Text",
    "applicationTitle": "Text",  # what a screen reader says
    "language": "sv",
    "defaultLanguage": "sv",
    "contentsLanguage": "sv",
    "entities": False,  # å stays å
    "removeDialogTabs": "link:advanced;link:target;link:upload;table:advanced",
    "disableNativeSpellChecker": False,
    "resize_enabled": False,
    "width": "auto",
    "height": 180,  # a new text is short; the field grows with it
    "autoGrow_minHeight": 180,
    "autoGrow_maxHeight": 420,
}


class EditorWidget(CKEditorWidget):
    def __init__(self, attrs=None):
        super().__init__(attrs=attrs)
        self.config = dict(EDITOR_CONFIG)

    def get_context(self, name, value, attrs):
        # Here and not in EDITOR_CONFIG: hashed names are known only after collectstatic.
        self.config["contentsCss"] = [static("richtext/editor-contents.css")]
        self.config["pasteUrl"] = reverse("admin:news_paste")
        return super().get_context(name, value, attrs)

    @property
    def media(self):
        base = {"data-basepath": static("ckeditor/ckeditor/")}
        # "not all": it styles the editor's frame, which would ask for it last of all, and wait for it.
        return forms.Media(
            css={"all": [f"{SKIN}/text-form.css"], "not all": ["richtext/editor-contents.css"]},
            js=[forms.Script("richtext/ckeditor.js", defer=True, **base)],
        )


class RichTextFormField(forms.CharField):
    """Cleans to normalized HTML. After that, `removed` is what of the text was taken away."""

    widget = EditorWidget
    removed = Removed()

    def to_python(self, value):
        normalized = normalize_html(super().to_python(value))
        self.removed = normalized.removed
        return normalized.html


class RichTextField(models.TextField):
    """HTML, normalized and safe on every way into the database, `update()` too."""

    def get_db_prep_save(self, value, connection):
        if isinstance(value, str):
            value = normalize_html(value).html
        return super().get_db_prep_save(value, connection)

    def formfield(self, **kwargs):
        # The admin passes its own widget for a TextField; this field's widget is the editor.
        return super().formfield(**{**kwargs, "form_class": RichTextFormField, "widget": EditorWidget})
