"""What is deleted in time: pictures that nothing names, and the history of people after a year."""

import json
import re
from datetime import timedelta
from pathlib import PurePosixPath

import reversion
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.utils import timezone
from reversion.models import Revision, Version

from common.files.pictures import UPLOAD_TIME
from common.files.storage import delete_folder, delete_picture, list_folder
from common.versions.registry import model_of, serialized_fields

COMMENT_WITHOUT_NAMES = "Ändrade."  # what remains of what was done, when the names in it may not be kept


def delete_unneeded_pictures(now=None):
    """Delete uploaded pictures that no row and no version names, with their renditions.

    Return the names of the pictures, as the database had them. A picture of a version stays, so
    that the version can be put back. `now`: an aware datetime, for the age of what is just uploaded.
    Looks only in the folders that picture fields upload to, and never at what it does not know.
    """
    now = now or timezone.now()
    gone = []
    needed = needed_stems()
    for folder in {field.upload_to for model in apps.get_models() for field in file_fields(model)}:
        folders, files = list_folder(default_storage, folder)
        for name in files:
            path = PurePosixPath(folder, name)
            too_young = now - default_storage.get_modified_time(str(path)) < UPLOAD_TIME
            if path.with_suffix("") not in needed and not too_young:
                delete_picture(default_storage, str(path))
                gone.append(str(path))
        for name in folders:  # renditions whose picture is gone
            path = PurePosixPath(folder, name)
            if path not in needed and not any(PurePosixPath(folder, file).stem == name for file in files):
                delete_folder(default_storage, path)
    return gone


def needed_stems():
    """Return the paths, without suffix, of files that something names: of their renditions' folders too."""
    return {PurePosixPath(name).with_suffix("") for name in named_pictures()}


def file_fields(model):
    return [field for field in model._meta.local_fields if isinstance(field, models.FileField)]


def named_pictures():
    """Return the name of every picture that a row or a version has."""
    names = set()
    for model in apps.get_models():
        for field in file_fields(model):
            names |= set(model._base_manager.exclude(**{field.name: ""}).values_list(field.name, flat=True))
            if reversion.is_registered(model):
                versions = Version.objects.get_for_model(model).only("serialized_data", "content_type")
                names |= {serialized_fields(version).get(field.name) for version in versions.iterator()}
    return names - {"", None}


@transaction.atomic
def delete_old_versions(now=None):
    """Delete versions older than the retention_months of their model: the history and trash of people.

    Return how many. What stands in the row itself stays. The names in what was said of such
    changes go too, in the admin's log as well.
    """
    now = now or timezone.now()
    count = 0
    for model in list(reversion.get_registered_models()):
        if not model.revision_options.retention_months:
            continue
        limit = now - timedelta(days=model.revision_options.retention_months * 365 / 12)
        kind = ContentType.objects.get_for_model(model)
        old = Version.objects.filter(content_type=kind, revision__date_created__lt=limit)
        revisions = list(old.values_list("revision_id", flat=True))
        count += old.delete()[0]
        Revision.objects.filter(pk__in=revisions).update(comment=COMMENT_WITHOUT_NAMES)
        LogEntry.objects.filter(content_type=kind, action_time__lt=limit).delete()
    delete_empty_revisions()
    return count


def delete_empty_revisions():
    Revision.objects.filter(version=None).delete()


# --- One row, everywhere ---


@transaction.atomic
def erase(row_model, key, replaced):
    """Erase every version of a row, of what only it led to, and its name in what was said of changes.

    The row itself is the caller's to delete. `replaced`: {text: what stands there instead} for
    comments and the admin's log. Return the names of its pictures in any version.
    """
    doomed = list(versions_about(row_model, key))
    pictures = {
        serialized_fields(version).get(field.name)
        for version in doomed
        for field in file_fields(model_of(version))
    }
    Version.objects.filter(pk__in=[version.pk for version in doomed]).delete()
    delete_empty_revisions()
    kind = ContentType.objects.get_for_model(row_model)
    LogEntry.objects.filter(content_type=kind, object_id=str(key)).delete()
    for text, instead in replaced.items():
        replace_everywhere(text, instead)
    return pictures - {"", None}


def versions_about(row_model, key):
    """Yield every version of a row, then of what only it led to: a person's terms."""
    yield from Version.objects.get_for_object_reference(row_model, key).select_related("revision")
    for model in list(reversion.get_registered_models()):
        links = [
            field.name
            for field in model._meta.local_fields
            if isinstance(field, models.ForeignKey)
            and field.related_model is row_model
            and field.remote_field.on_delete is models.CASCADE
        ]
        if links:
            for version in Version.objects.get_for_model(model).select_related("revision").iterator():
                if any(str(serialized_fields(version).get(name)) == str(key) for name in links):
                    yield version


def replace_everywhere(text, instead):
    """Replace a text, as whole words, in comments of revisions and in the admin's log."""
    for queryset, names in (
        (Revision.objects.all(), ["comment"]),
        (LogEntry.objects.all(), ["object_repr", "change_message"]),
        (Version.objects.all(), ["object_repr"]),
    ):
        for name in names:
            for form in {text, json.dumps(text)[1:-1]}:  # the log holds JSON, "Åsa" as "\\u00c5sa"
                word = re.compile(rf"(?<!\w){re.escape(form)}(?!\w)", re.IGNORECASE)
                for row in queryset.filter(**{f"{name}__contains": form}).iterator():
                    new = word.sub(lambda match: instead, getattr(row, name))
                    queryset.filter(pk=row.pk).update(**{name: new})
