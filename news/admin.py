import base64
from datetime import date, time

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import F
from django.forms import ALL_FIELDS, ModelForm, Script
from django.forms.models import inlineformset_factory
from django.http import HttpResponseNotAllowed, HttpResponseRedirect, JsonResponse
from django.urls import path, reverse
from django.utils.html import format_html

from common.files.pictures import NormalisedPicture, receive_picture
from common.publishing.admin import PublishAdmin, VisibilityFilter, editor_policy
from common.publishing.check import picture_problems
from common.publishing.copying import copy_as_draft
from common.publishing.people import remarks
from common.publishing.proposals import Proposals
from common.richtext.admin import ProtectedAddresses, TellsWhatWasRemoved, normalize_pasted
from common.versions.admin import VersionedAdmin
from common.versions.registry import revision_block
from common.versions.what_is_seen import TellsWhatIsSeen
from contacts.admin import AreaTicks
from contacts.models import Role
from documents.admin import notes
from news.calendar.occurrences import day_after_last, doubtful_dates
from news.forms import (
    AttachmentForm,
    AttachmentFormSet,
    OccurrenceForm,
    OccurrenceFormSet,
    PictureForm,
    PictureFormSet,
    PostForm,
    TranslationFormSet,
)
from news.models import (
    Attachment,
    Category,
    MissedAddress,
    Occurrence,
    Page,
    Picture,
    Post,
    Redirect,
    Translation,
)
from news.parts.pictures import MOST
from news.parts.translations import SWEDISH
from news.patterns import PATTERNS
from news.search import Query, entries_with

ROWS_NAMED = 3  # on the line that they are folded under
MISSED_SHOWN = 30  # old addresses that lead nowhere


class FoldedInline(admin.StackedInline):
    """Rows of a text, folded under a line that says what they are; with an empty one while there are none."""

    children = ""  # "pictures"
    summary_of = str  # of a row

    def has_rows(self, obj):
        return bool(obj) and getattr(obj, f"has_{self.children}", True)

    def get_extra(self, request, obj=None, **kwargs):
        return 0 if self.has_rows(obj) else 1

    def get_formset(self, request, obj=None, **kwargs):
        self.classes = [] if request.method == "POST" else ["collapse"]
        return super().get_formset(request, obj, **kwargs)


class OccurrenceInline(FoldedInline):
    """When and where: the first needs four fields."""

    template = "admin/news/occurrences.html"
    model = Occurrence
    children = "occurrences"
    form = OccurrenceForm
    formset = OccurrenceFormSet
    fieldsets = [
        (None, {"fields": ["kind", "day", "starts", "place"]}),
        (
            "Inställt, sluttid, ungefär när, rubrik, samma igen",
            {"classes": ["collapse"], "fields": ["state", "ends", "about_when", "label", "again"]},
        ),
    ]

    def get_formset(self, request, obj=None, **kwargs):
        formset = super().get_formset(request, obj, **kwargs)
        if not obj and kind_to_begin_with(request):
            self.classes = []
        return formset

    def summary_of(self, occurrence):
        return f"{occurrence.when} {occurrence.place}".strip()

    def places(self):
        """Those used before, for the template: offered while one is typed."""
        found = Occurrence.objects.exclude(place="").order_by("place")
        return found.values_list("place", flat=True).distinct()[:100]


class PictureInline(FoldedInline):
    """More pictures; without JavaScript one new one a save."""

    model = Picture
    children = "pictures"
    form = PictureForm
    formset = PictureFormSet
    max_num = MOST
    readonly_fields = ["in_text"]
    fieldsets = [
        (None, {"fields": ["image", "image_alt", "image_is_decorative", "in_text", "number"]}),
        (
            "Bildtext, foto, ordning",
            {"classes": ["collapse"], "fields": ["image_caption", "image_credit", "order"]},
        ),
    ]

    class Media:
        js = [Script("news/pictures.js", type="module")]

    @admin.display(description="i texten")
    def in_text(self, picture):
        if picture.pk is None:
            return "När du har sparat står här vad du skriver i texten, där bilden ska stå."
        return f"Skriv {picture.shortcode} i texten, där bilden ska stå. Annars står den efter texten."


class MorePicturesInline(PictureInline):
    """Beside the first picture, which a post has in its own form."""

    verbose_name_plural = "fler bilder"


class AttachmentInline(FoldedInline):
    model = Attachment
    children = "attachments"
    form = AttachmentForm
    formset = AttachmentFormSet
    fieldsets = [(None, {"fields": ["document", "file", "order"]})]

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """Without the links that open a window: our admin's forms do not answer as one."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "document":
            field.widget = field.widget.widget
        return field


class TranslationInline(FoldedInline):
    model = Translation
    children = "translations"
    formset = TranslationFormSet
    fieldsets = [(None, {"fields": ["language", "text"]})]


class RowsOfTextAdmin(TellsWhatWasRemoved, ProtectedAddresses, Proposals, PublishAdmin):
    """A text with pictures and documents of its own."""

    inlines = [PictureInline, AttachmentInline, TranslationInline]
    known_children = ["pictures", "attachments", "translations"]

    def formfield_for_choice_field(self, db_field, request, **kwargs):
        """Take a form that says no language as Swedish: it was open during the update."""
        given = {"required": False, "empty_value": SWEDISH, **kwargs}
        return super().formfield_for_choice_field(db_field, request, **given)

    def get_queryset(self, request):
        return super().get_queryset(request).with_has(*self.known_children)

    def save_formset(self, request, form, formset, change):
        super().save_formset(request, form, formset, change)
        if formset.model is Attachment:
            for row in formset.filled_forms():
                for line in notes(row.instance.document, row.cleaned_data.get("file")):
                    self.remind(request, form.instance, line)

    def tell(self, request, row, problems):
        super().tell(request, row, problems)
        if row.published_at and {"_publish", "_schedule"} & {*request.POST}:
            whole = "\n".join(page for pages in row.texts().values() for page in pages)
            for line in remarks([whole], "Texten"):
                self.remind(request, row, line)

    def render_change_form(self, request, context, *args, **kwargs):
        """Let the editor offer the roles that a text may name; say what rows are folded."""
        for rows in context["inline_admin_formsets"]:
            if "collapse" in rows.classes:
                said = [rows.opts.summary_of(form.instance) for form in rows.formset.initial_forms]
                more = ["…"] if len(said) > ROWS_NAMED else []
                title = rows.opts.verbose_name_plural
                rows.opts.verbose_name_plural = " · ".join([title, *said[:ROWS_NAMED], *more])
        roles = [str(role) for role in Role.objects.all()]
        if roles and (field := context["adminform"].form.fields.get("body")):
            field.widget.config["roles"] = roles
        return super().render_change_form(request, context, *args, **kwargs)

    def preview_context(self, row, form):
        row.shown_pictures = pictures_in(form)
        row.shown_attachments = attachments_in(form)
        rows = filled_rows(form, Translation, ModelForm, TranslationFormSet)
        row.shown_translations = [one.instance for one in rows if one.instance.language]
        return {}


@admin.register(Post)
@editor_policy
class PostAdmin(AreaTicks, RowsOfTextAdmin):
    form = PostForm
    definite = "nyheten"
    change_form_template = "admin/news/post/change_form.html"
    actions = ["copy"]
    preview_template = "news/post.html"
    list_display = ["title", "what_residents_see", "category"]
    list_filter = [VisibilityFilter, "category", "published_at"]
    list_select_related = ["category"]
    list_per_page = 50
    search_fields = ["title", "search_text"]
    search_help_text = "Sök i rubrik, ingress och text"
    ordering = [F("published_at").desc(nulls_first=True), "-created_at"]  # drafts first
    fieldsets = [
        (None, {"fields": ["title", "lead", "body"]}),
        ("Bild", {"classes": ["collapse"], "fields": ["image", "image_alt", "image_is_decorative"]}),
        (
            "Kategori och tider",
            {
                "classes": ["collapse"],
                "fields": [
                    "category",
                    "published_at",
                    "expires_at",
                    "ends_after_dates",
                    "pinned_until",
                    "is_important",
                    "important_until",
                ],
            },
        ),
        (
            "Bildtext, undertecknat, språk, adress",
            {
                "classes": ["collapse"],
                "fields": ["image_caption", "image_credit", "byline", "language", "slug"],
            },
        ),
    ]

    inlines = [MorePicturesInline, AttachmentInline, OccurrenceInline, TranslationInline]
    known_children = ["occurrences", "pictures", "attachments", "translations", "areas"]

    def get_fieldsets(self, request, obj=None):
        """Ask a new post for its picture, and a saved one for what the picture shows, without folding."""
        text, picture, *others = super().get_fieldsets(request, obj)
        if obj and not any(picture_problems(obj)):
            return [text, picture, *others]
        text[1]["fields"] += picture[1]["fields"]
        return [text, *others]

    def get_search_results(self, request, queryset, search_term):
        """By the words that readers' search looks in; where it finds none, any part of a word."""
        found = queryset.filter(pk__in=entries_with(Query(search_term)).values("pk"))
        if found.exists():
            return found, False
        return super().get_search_results(request, queryset, search_term)

    def initial_values(self, request):
        pattern = PATTERNS.get(request.GET.get("monster"))
        if pattern is None:
            return {}
        return {"title": pattern.title, "lead": pattern.lead, "body": pattern.body}

    def get_urls(self):
        views = normalize_pasted, picture_view, self.copy_view
        paste, picture, copy = map(self.admin_site.admin_view, views)
        return [
            path("klistra/", paste, name="news_paste"),
            path("bild/", picture, name="news_picture"),
            path("<path:object_id>/kopiera/", copy, name="news_post_copy"),
            *super().get_urls(),
        ]

    def get_formset_kwargs(self, request, obj, inline, prefix):
        given = super().get_formset_kwargs(request, obj, inline, prefix)
        kind = kind_to_begin_with(request)
        return {**given, "initial": [{"kind": kind}]} if kind and inline.model is Occurrence else given

    def copy_view(self, request, object_id):
        """Copy one post, from its form; POST only."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        post = self.get_object(request, object_id)
        if post is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return self.copy(request, [post])

    @admin.action(description="Kopiera som nytt utkast", permissions=["add"])
    def copy(self, request, posts):
        """Lead to the form of the copy of a post; of several, to the last."""
        for post in posts:
            with revision_block(request.user, f"Kopierade ”{post}”."):
                new = copy_as_draft(post, without=["attachments"], author=request.user)  # last year's
                self.log_addition(request, new, f"Kopierade ”{post}”.")
        messages.success(
            request, "Här är kopian, som ett utkast. Läs igenom text och dagar innan du publicerar."
        )
        return HttpResponseRedirect(reverse("admin:news_post_change", args=[new.pk]))

    def save_model(self, request, obj, form, change):
        if not change:
            obj.author = request.user
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        """Let the post end with its dates if that is ticked, unless another end was typed just now."""
        super().save_related(request, form, formsets, change)
        post = form.instance
        post.changed_dates = [
            one
            for dates in formsets
            if dates.model is Occurrence
            for one in (*dates.new_objects, *dates.changed_objects)
        ]
        ends = form.cleaned_data["ends_after_dates"] and "expires_at" not in form.changed_data
        if ends and post.changed_dates and (end := day_after_last(post)):
            post.expires_at = end
            post.save(update_fields=["expires_at"])

    def response_after(self, request, obj):
        """Say what may be wrong with its dates; offer to hold on top what was cancelled or moved."""
        response = super().response_after(request, obj)
        if obj.published_at and (obj.changed_dates or "_publish" in request.POST):
            for line in doubtful_dates(obj):
                self.remind(request, obj, line, messages.WARNING)
        told = [one[0] for one in obj.changed_dates if isinstance(one, tuple) and one[0].change]
        if told and told[0].is_public and not obj.pinned_until:
            form = reverse("admin:news_post_change", args=[obj.pk])
            offer = "{}: vill du <a href='{}#id_pinned_until'>hålla nyheten överst</a>, så att alla ser det?"
            messages.info(request, format_html(offer, told[0].change, form))
        return response

    def preview_context(self, row, form):
        row.dates = dates_in(form)
        row.shown_areas = form.cleaned_data.get("areas", [])
        picture = form.cleaned_data.get("image")
        return {"post": row, "picture_url": data_url(picture), **super().preview_context(row, form)}


def picture_view(request):
    """Store one picture of a form that is being written; answer what the form then says instead of a file."""
    if not request.user.has_perm("news.add_picture"):
        raise PermissionDenied
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        sent, url = receive_picture(request.FILES.get("image"), Picture.image.field)
    except ValidationError as refusal:
        return JsonResponse({"error": " ".join(refusal.messages)}, status=400)
    return JsonResponse({"sent": sent, "url": url})


def filled_rows(form, model, RowForm, RowFormSet):
    """Return the forms of a posted form's rows, for its preview."""
    FormSet = inlineformset_factory(type(form.instance), model, RowForm, RowFormSet, fields=ALL_FIELDS)
    rows = FormSet(form.data, form.files, form.instance)
    rows.is_valid()
    return rows.filled_forms()


def pictures_in(form):
    """Return the pictures of a posted form that are stored, unsaved as they stand in it."""
    found = [row.instance for row in filled_rows(form, Picture, PictureForm, PictureFormSet)]
    found = [one for one in found if one.image and one.image._committed]
    return sorted(found, key=lambda one: (one.order or one.number, one.number))


def attachments_in(form):
    """Return the attachments of a posted form, unsaved as they stand in it."""
    found = filled_rows(form, Attachment, AttachmentForm, AttachmentFormSet)
    return [row.instance for row in found if "document" in row.cleaned_data]


def kind_to_begin_with(request):
    """Return the kind of the first day of the pattern that a new post is begun from, or ""."""
    pattern = PATTERNS.get(request.GET.get("monster"))
    return pattern.kind if pattern else ""


def dates_in(form):
    """Return the Occurrences of a posted form, unsaved as they stand in it, in order, for its preview."""
    dates = [row.instance for row in filled_rows(form, Occurrence, OccurrenceForm, OccurrenceFormSet)]
    return sorted(dates, key=lambda one: (one.day or date.max, one.starts or time.min))


def data_url(picture):
    """Return a picture that was just uploaded, and is stored nowhere, as a data: URL; else ""."""
    if not isinstance(picture, NormalisedPicture):
        return ""
    picture.seek(0)
    return "data:image/jpeg;base64," + base64.b64encode(picture.read()).decode()


@admin.register(Category)
class CategoryAdmin(VersionedAdmin):
    list_display = ["name", "order"]
    list_editable = ["order"]
    search_fields = ["name"]

    def seen_by_residents(self, category):
        return "Kategorin har en egen sida.", category.get_absolute_url()


@admin.register(Page)
@editor_policy
class PageAdmin(RowsOfTextAdmin):
    definite = "sidan"
    preview_template = "news/page.html"
    list_display = ["title", "what_residents_see", "in_menu", "order", "updated_at"]
    list_editable = ["order"]
    list_filter = [VisibilityFilter, "in_menu"]
    search_fields = ["title", "body"]
    fieldsets = [
        (None, {"fields": ["title", "body", "in_menu", "order"]}),
        ("Tider", {"classes": ["collapse"], "fields": ["published_at", "expires_at"]}),
        ("Språk och adress", {"classes": ["collapse"], "fields": ["language", "slug"]}),
    ]

    def preview_context(self, row, form):
        return {"page": row, **super().preview_context(row, form)}


@admin.register(Redirect)
class RedirectAdmin(TellsWhatIsSeen):
    change_list_template = "admin/news/redirects.html"
    list_display = ["old_path", "target"]
    search_fields = ["old_path", "target"]

    def seen_by_residents(self, redirect):
        return f"Den som går till {redirect.old_path} kommer nu dit:", redirect.target

    def changelist_view(self, request, extra_context=None):
        missed = MissedAddress.objects.all()[:MISSED_SHOWN]
        return super().changelist_view(request, {"missed": missed, **(extra_context or {})})
