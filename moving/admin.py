"""The review list: what moved in, what an editor should look at, and what can be done to many at once."""

from django.contrib import admin, messages
from django.contrib.admin.templatetags.admin_urls import admin_urlname
from django.db import transaction
from django.db.models import Prefetch, Q
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode

from common.publishing.visibility import visibility_sentence
from common.richtext.blocks import html_to_text
from common.swedish import day_text
from common.versions.compare import difference_of
from common.versions.registry import delete_with_revision, revision_block
from contacts.models import Person
from documents.models import Document
from moving.convert import FLAGS
from moving.models import Imported
from news.models import Page, Post

NAMED = 3  # rows whose reason is told after an action
HAS_NO_ROLE = Q(person__isnull=False, person__assignments=None)
IS_DRAFT = (
    Q(post__isnull=False, post__published_at=None)
    | Q(page__isnull=False, page__published_at=None)
    | Q(document__isnull=False, document__published_at=None)
)


class FlagFilter(admin.SimpleListFilter):
    title = "att se på"
    parameter_name = "sak"

    def lookups(self, request, model_admin):
        return [("inget", "inget"), *FLAGS.items()]

    def queryset(self, request, queryset):
        if self.value() == "inget":
            return queryset.exclude(flags__regex=r"\S")
        return queryset.filter(flags__contains=f" {self.value()} ") if self.value() in FLAGS else queryset


class DraftFilter(admin.SimpleListFilter):
    title = "vad som är kvar"
    parameter_name = "kvar"

    def lookups(self, request, model_admin):
        return [("ja", "utkast, och personer utan roll"), ("nej", "publicerade, och personer med roll")]

    def queryset(self, request, queryset):
        if self.value() not in ("ja", "nej"):
            return queryset
        waits = IS_DRAFT | HAS_NO_ROLE
        return queryset.filter(waits) if self.value() == "ja" else queryset.exclude(waits)


@admin.register(Imported)
class ImportedAdmin(admin.ModelAdmin):
    list_display = ["title", "what_it_is", "old_day", "to_look_at", "what_residents_see"]
    list_display_links = None
    list_filter = [DraftFilter, FlagFilter, "post__category"]
    list_per_page = 100
    date_hierarchy = "published_at"
    search_fields = ["post__title", "page__title", "document__title", "person__name"]
    actions = ["publish", "make_decorative", "remove_picture", "suggest", "discard"]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_queryset(self, request):
        found = super().get_queryset(request).exclude(post=None, page=None, document=None, person=None)
        return found.select_related("role").prefetch_related(
            Prefetch("post", Post.objects.with_visibility().select_related("category")),
            Prefetch("page", Page.objects.with_visibility()),
            Prefetch("document", Document.objects.with_visibility().defer("text")),
            Prefetch("person", Person.objects.prefetch_related("assignments")),
        )

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """Show the old text beside the new one; lead to the form where no old text is kept."""
        memory = self.get_object(request, object_id)
        if memory is None or not self.has_view_permission(request, memory) or request.method == "POST":
            return super().change_view(request, object_id, form_url, extra_context)
        if not memory.old_text:
            return HttpResponseRedirect(form_url_of(memory.row))
        row = memory.row
        now = f"{getattr(row, 'lead', '')}\n{html_to_text(row.body)}".strip()
        context = {
            **self.admin_site.each_context(request),
            "title": str(row),
            "opts": self.opts,
            "memory": memory,
            "rows": [difference_of("body", "Text", html_to_text(memory.old_text), now)],
            "form_url": form_url_of(row),
            "list_url": reverse(admin_urlname(self.opts, "changelist")),
            "is_draft": row.published_at is None,
        }
        return render(request, "admin/moving/beside.html", context)

    @admin.display(description="rubrik")
    def title(self, memory):
        url = form_url_of(memory if memory.old_text else memory.row)
        return format_html('<a href="{}">{}</a>', url, memory.row)

    @admin.display(description="vad")
    def what_it_is(self, memory):
        return (memory.post and memory.post.category) or memory.role or memory.row._meta.verbose_name

    @admin.display(description="gammalt datum", ordering="published_at")
    def old_day(self, memory):
        return memory.published_at and day_text(timezone.localdate(memory.published_at))

    @admin.display(description="att se på")
    def to_look_at(self, memory):
        return ", ".join(memory.flag_names)

    @admin.display(description="vad besökare ser")
    def what_residents_see(self, memory):
        if memory.person:
            return "Se Kontakter" if memory.person.assignments.all() else "Syns inte"
        return visibility_sentence(memory.row)

    @admin.action(description="Publicera med sitt gamla datum", permissions=["change"])
    def publish(self, request, queryset):
        """Publish what may be, the oldest first; again while one that others link to has come."""
        waiting = list(queryset.filter(IS_DRAFT).order_by("published_at", "pk"))
        left = {}
        if len(waiting) > 1:
            alone = "publiceras en i taget: läs den, välj bara den och publicera."
            left = {memory: alone for memory in waiting if memory.is_published_alone}
        waiting = [memory for memory in waiting if memory not in left]
        whole, before = len(waiting), None
        while len(waiting) != before:
            before = len(waiting)
            waiting = [memory for memory in waiting if problems_of_publishing(memory, request.user)]
        Imported.forget_old_texts()
        left |= {memory: problems_of_publishing(memory, request.user)[0].text for memory in waiting}
        self.tell(request, whole - len(waiting), "publicerade", left)

    @admin.action(description="Bilden är utsmyckning", permissions=["change"])
    def make_decorative(self, request, queryset):
        def change(picture):
            picture.image_is_decorative, picture.image_alt = True, ""
            picture.save()

        changed = self.change_pictures(request, queryset, "Sade att bilden är utsmyckning.", change)
        self.tell(request, changed, "har bilder som är utsmyckning")

    @admin.action(description="Utan bild", permissions=["change"])
    def remove_picture(self, request, queryset):
        def change(picture):
            if not isinstance(picture, Post):
                return picture.delete()
            picture.image = picture.image_alt = picture.image_caption = picture.image_credit = ""
            return picture.save()

        self.tell(
            request, self.change_pictures(request, queryset, "Tog bort bilden.", change), "är utan bild"
        )

    def change_pictures(self, request, queryset, comment, change):
        """Change each picture without a description of each draft that has some; return how many drafts."""
        count = 0
        for memory in queryset.filter(IS_DRAFT, flags__contains=" alt_missing "):
            row = memory.row
            pictures = [one for one in (row, *row.pictures.all()) if getattr(one, "image", None)]
            with revision_block(request.user, comment, row):
                for picture in pictures:
                    if not picture.image_alt:
                        change(picture)
                save_as_old(row, memory)
            memory.flags = memory.flags.replace(" alt_missing ", " ")
            memory.save(update_fields=["flags"])
            count += 1
        return count

    @admin.action(description="Föreslå för sin roll", permissions=["change"])
    def suggest(self, request, queryset):
        """Lead to the form that gives people roles, filled in with those of one group."""
        chosen = list(queryset.filter(HAS_NO_ROLE, role__isnull=False).order_by("role__order", "pk"))
        if not chosen:
            return self.tell(
                request, 0, "har en roll att föreslås för. Öppna personen, eller ge rollen under Roller"
            )
        group = chosen[0].role.group
        ours = [one for one in chosen if one.role.group == group]
        if len(ours) < len(chosen):
            self.tell(
                request, len(ours), f"föreslås här. Gör likadant sedan med de andra {len(chosen) - len(ours)}"
            )
        query = [("grupp", group), *(("ny", f"{one.role_id}-{one.person_id}") for one in ours)]
        return HttpResponseRedirect(f"{reverse('admin:contacts_role_new_board')}?{urlencode(query)}")

    @admin.action(description="Släng", permissions=["change"])
    def discard(self, request, queryset):
        """Put drafts, and people without a role, into the trash."""
        count = 0
        for model in (Post, Page, Document, Person):
            chosen = queryset.filter(IS_DRAFT | HAS_NO_ROLE).values(model._meta.model_name)
            rows = model.objects.filter(pk__in=list(chosen.values_list(model._meta.model_name, flat=True)))
            count += len(rows)
            delete_with_revision(request.user, rows, rows.delete)
        Imported.forget_old_texts()
        self.tell(request, count, "ligger i papperskorgen")

    def tell(self, request, count, what, left=()):
        self.message_user(request, f"{count} {what}." + (f" {len(left)} väntar." if left else ""))
        for memory in list(left)[:NAMED]:
            self.message_user(request, f"”{memory}”: {left[memory]}", messages.WARNING)


def form_url_of(row):
    return reverse(admin_urlname(row._meta, "change"), args=[row.pk])


class Stopped(Exception):
    """Its argument: the Problems that stopped a publication."""


def problems_of_publishing(memory, user):
    """Publish a draft and its documents at its old time; return the Problems that stopped it, or []."""
    row = type(memory.row).objects.get(pk=memory.row.pk)
    row.published_at = memory.published_at or timezone.now()
    if memory.expires_at and memory.expires_at > row.published_at:
        row.expires_at = memory.expires_at
    if isinstance(row, Post) and row.published_at <= timezone.now():
        row.guid, row.without_letter = "", True
    attached = [] if isinstance(row, Document) else [one.document for one in row.attachments.all()]
    drafts = [document for document in attached if document.published_at is None]
    try:
        with revision_block(user, "Publicerade med sitt gamla datum.", row, *drafts):
            for document in drafts:
                document.published_at = row.published_at
                document.save()
            if problems := [*row.publish_problems(), *row.row_problems()]:
                raise Stopped(problems)
            save_as_old(row, memory)
    except Stopped as stopped:
        return stopped.args[0]
    return []


def save_as_old(row, memory):
    """Save a row of the old site; that is no change of what it says."""
    with transaction.atomic():
        row.save()
        if memory.updated_at:
            type(row).objects.filter(pk=row.pk).update(updated_at=memory.updated_at)
