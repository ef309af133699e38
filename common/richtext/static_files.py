"""Files of a form that are always needed together, as one: each request costs a phone a fifth of a second."""

from pathlib import Path

from whitenoise.storage import CompressedManifestStaticFilesStorage

SKIN = "ckeditor/ckeditor/skins/moono-lisa"
# Made while static files are collected. Styles stand where their url(…) still leads to a picture.
JOINED = {
    "admin/css/text-form.css": [
        *(f"admin/css/{name}.css" for name in ("base", "dark_mode", "widgets", "forms")),
        "hgf_site/admin.css",
        "hgf_site/admin-theme.css",
        "admin/css/responsive.css",
    ],
    # Without what fills in a slug, and what marks rows of a list: a form does neither.
    "admin/js/text-form.js": [
        *(f"admin/js/{name}.js" for name in ("vendor/jquery/jquery.min", "jquery.init", "core", "calendar")),
        *(f"admin/js/admin/{name}.js" for name in ("DateTimeShortcuts", "RelatedObjectLookups")),
        *(f"admin/js/{name}.js" for name in ("inlines", "change_form")),
    ],
    f"{SKIN}/text-form.css": [
        f"{SKIN}/editor.css",
        f"{SKIN}/dialog.css",
        "ckeditor/ckeditor/plugins/dialog/styles/dialog.css",
        "ckeditor/ckeditor.css",
        "richtext/editor.css",
    ],
    "richtext/ckeditor.js": [
        "richtext/before-ckeditor.js",
        "ckeditor/ckeditor/ckeditor.js",
        "ckeditor/ckeditor/lang/sv.js",
        "ckeditor/ckeditor/plugins/autogrow/plugin.js",
        "richtext/editor.js",
    ],
}


class JoiningStorage(CompressedManifestStaticFilesStorage):
    def post_process(self, paths, **options):
        for name, parts in JOINED.items():
            separator = ";\n" if name.endswith(".js") else "\n"
            Path(self.path(name)).write_text(
                separator.join(Path(self.path(part)).read_text() for part in parts)
            )
            paths[name] = (self, name)
        return super().post_process(paths, **options)
