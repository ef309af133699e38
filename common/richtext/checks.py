"""Refuses editor configurations that would make CKEditor 4's known holes ours."""

from django.conf import settings
from django.core.checks import Error
from django.urls import get_resolver

from common.richtext import fields as richtext

# The copies bundled with CKEditor 4.22.1 that date from 2016 (design, section 8).
FORBIDDEN_PLUGINS = {
    "image2", "embed", "embedbase", "embedsemantic", "autoembed", "autolink", "iframedialog", "docprops",
    "codesnippetgeshi",
}  # fmt: skip


def routes_uploader(patterns):
    """Tell whether any URL pattern, however deep, leads to ckeditor_uploader."""
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            if routes_uploader(pattern.url_patterns):
                return True
        elif getattr(pattern.callback, "__module__", "").startswith("ckeditor_uploader"):
            return True
    return False


def check_editor(app_configs, **kwargs):
    """A Django system check; each Error says what to change."""
    errors = []
    config = richtext.EDITOR_CONFIG
    if "ckeditor_uploader" in settings.INSTALLED_APPS or routes_uploader(get_resolver().url_patterns):
        errors.append(
            Error(
                "ckeditor_uploader is switched on: it is CSRF-exempt and stores any file, an HTML page too.",
                hint="Take it out of INSTALLED_APPS and the URLs; pictures have their own field.",
                id="news.E001",
            )
        )
    if config.get("allowedContent") is True or not config.get("allowedContent"):
        errors.append(
            Error(
                "CKEditor's allowedContent must be the explicit list of allowed_content().",
                hint="Set it so in common/richtext/fields.py.",
                id="news.E002",
            )
        )
    if forbidden := FORBIDDEN_PLUGINS & set(config.get("extraPlugins", "").replace(" ", "").split(",")):
        errors.append(
            Error(
                f"CKEditor plugins with known holes are switched on: {', '.join(sorted(forbidden))}.",
                hint="Take them out of extraPlugins in common/richtext/fields.py.",
                id="news.E003",
            )
        )
    if config.get("versionCheck") is not False:
        errors.append(
            Error(
                "CKEditor's versionCheck would call another host from the admin.",
                hint='Set "versionCheck": False in common/richtext/fields.py.',
                id="news.E004",
            )
        )
    return errors
