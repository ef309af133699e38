"""Takes away what a run of the import made and nobody has touched since."""

from functools import partial

from django.db import transaction
from django.urls import reverse

from common.files.storage import delete_picture
from contacts.models import Person, Role
from documents.models import Document
from moving.models import ROWS, Imported
from news.models import Category, Page, Redirect

# What others hang on comes last.
ORDER = [
    Imported.Kind.ARTICLE,
    Imported.Kind.FILE,
    Imported.Kind.CONTACT,
    Imported.Kind.ROLE,
    Imported.Kind.CATEGORY,
    Imported.Kind.SITE,
]
HANGS_ON = {Category: "posts", Document: "attachments", Person: "assignments", Role: "assignments"}


def undo_run(run):
    """Take away what a run made and nobody has touched since; return (number taken away, rows left alone)."""
    taken, left = 0, []
    rows = Imported.objects.filter(run=run).select_related(*ROWS, "moved_aside")
    for memory in sorted(rows, key=lambda one: (ORDER.index(one.kind), one.pk)):
        with transaction.atomic():
            if undo_one(memory):
                taken += memory.row is not None
            else:
                left.append(memory.row)
    return taken, [row for row in left if row is not None]


def undo_one(memory):
    """Take away one row with its addresses and files; tell whether that was done."""
    row = memory.row
    made_here = bool(memory.own_digest)
    if row is not None and made_here:
        others = HANGS_ON.get(type(row))
        if not memory.is_untouched or (others and getattr(row, others).exists()):
            return False
    Redirect.objects.filter(old_path__in=memory.old_paths).delete()
    aside, slug = memory.moved_aside, getattr(row, "slug", "")
    memory.delete()
    if row is None or not made_here:
        return True
    illustrated = [row, *row.pictures.all()] if hasattr(row, "pictures") else []
    images = [one.image for one in illustrated if getattr(one, "image", None)]
    file = getattr(row, "file", None)
    row.delete()
    if aside and aside.slug != slug:
        ours = reverse("page", args=[slug])
        Redirect.objects.filter(target=aside.get_absolute_url(), old_path=ours).delete()
        Page.objects.filter(pk=aside.pk).update(slug=slug)
    for image in images:
        transaction.on_commit(partial(delete_picture, image.storage, image.name))
    if file:
        transaction.on_commit(partial(file.storage.delete, file.name))
    return True
