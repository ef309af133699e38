"""Files of a form that are always needed together, as one: each request costs a phone a fifth of a second."""

import re
from pathlib import Path

from whitenoise.storage import CompressedManifestStaticFilesStorage

CKEDITOR = "ckeditor/ckeditor/ckeditor.js"
REMOVED_PLUGINS = [
    "about", "colorbutton", "exportpdf", "font", "forms", "iframe", "language", "newpage",
    "pastefromgdocs", "pastefromlibreoffice", "pastefromword", "preview", "print", "save", "scayt",
    "smiley", "stylescombo", "templates", "uploadimage", "elementspath",
    # These do what no button of ours asks for, and a phone would load them.
    "bidi", "colordialog", "copyformatting", "dialogadvtab", "div", "editorplaceholder", "filebrowser",
    "filetools", "find", "format", "horizontalrule", "image", "indentblock", "justify", "lineutils",
    "floatingspace", "listblock", "maximize", "menubutton", "notificationaggregator", "pagebreak",
    "popup", "removeformat", "resize", "richcombo", "selectall", "showblocks", "sourcearea", "specialchar",
    "tableselection", "uploadwidget", "widget",
]  # fmt: skip
# What nobody asks for: languages but Swedish and English, which the editor's parts fall back to; its other
# skin, what it has for Internet Explorer, and files of plugins that it does not load, some with known holes.
# A plugin taken out of REMOVED_PLUGINS, or added, that has files of its own (a dialog) is named here too.
NOT_COLLECTED = re.compile(
    r"/(?:lang|i18n)/(?!en|sv)|/ckeditor/skins/(?:moono/|.*_ie)"
    r"|/ckeditor/plugins/(?!icons|(?:a11yhelp|autogrow|clipboard|dialog|link|liststyle|magicline|notification"
    r"|pastetools|table|tabletools)/)"
)
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
        CKEDITOR,
        "ckeditor/ckeditor/lang/sv.js",
        "ckeditor/ckeditor/plugins/autogrow/plugin.js",
        "richtext/editor.js",
    ],
}

# What may hold brackets that are none, or else a bracket or the end of a statement.
TOKENS = re.compile(
    r"""
    "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*'  # strings
    | /\*.*?\*/
    | (?: (?<=[(,=:\[!&|?{};]) | (?<=return) )  # regular expressions
        / (?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\[])+ /
    | [()\[\]{};]
    """,
    re.VERBOSE | re.DOTALL,
)


def without_plugins(script, plugins):
    """Return ckeditor.js, minified as it comes, without these plugins: a fifth of what a phone fetches.

    All of it is one function called at once, `(function(){…}());`, and a plugin is a statement of it.
    """
    kept, start, depth = [], 0, 0
    for token in TOKENS.finditer(script):
        depth += (token[0] in "([{") - (token[0] in ")]}")
        if token[0] == ";" and depth == 2:
            statement = script[start : token.end()]
            added = re.findall(r'CKEDITOR\.plugins\.add\("(\w+)"', statement)
            if not added or not plugins.issuperset(added):
                kept.append(statement)
            start = token.end()
    return "".join(kept) + script[start:]


class JoiningStorage(CompressedManifestStaticFilesStorage):
    def post_process(self, paths, **options):
        for name, parts in JOINED.items():
            texts = [
                without_plugins(text, set(REMOVED_PLUGINS)) if part == CKEDITOR else text
                for part in parts
                for text in [Path(self.path(part)).read_text()]
            ]
            Path(self.path(name)).write_text((";\n" if name.endswith(".js") else "\n").join(texts))
            paths[name] = (self, name)
        return super().post_process(paths, **options)
