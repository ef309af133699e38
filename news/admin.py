import base64

from csp.constants import SELF
from csp.decorators import csp_update
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.html import format_html

from contacts.directory import panel
from contacts.edge import protect_html
from contacts.pictures import OwnPicture
from news.clock import comes_twice
from news.forms import PostForm
from news.models import SHARE_DAYS, Category, Page, Post, PostQuerySet, Redirect
from news.pasting import TellsWhatWasRemoved, tidy_pasted
from news.publish_check import problems
from news.visibility import State, sentence, state
from versions.admin import VersionedAdmin

editor_policy = method_decorator(csp_update(settings.EDITOR_CSP), name="changeform_view")


class VisibilityFilter(admin.SimpleListFilter):
    title = "vad besökare ser"
    parameter_name = "syns"
    states = {
        "nu": ("Syns nu", PostQuerySet.current),
        "kommer": ("Publiceras senare", PostQuerySet.scheduled),
        "utkast": ("Utkast", PostQuerySet.drafts),
        "forbi": ("Gäller inte längre", PostQuerySet.expired),
    }

    def lookups(self, request, model_admin):
        return [(value, label) for value, (label, _) in self.states.items()]

    def queryset(self, request, queryset):
        _, posts_in_state = self.states.get(self.value(), ("", PostQuerySet.all))
        return posts_in_state(queryset)


class ProtectedAddresses:
    """Mixes in a line that says how many e-mail addresses the text holds, when it holds any."""

    readonly_fields = ["protected_addresses"]

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or not obj.addresses:
            return fieldsets
        return [(None, {"fields": ["protected_addresses"]}), *fieldsets]

    @admin.display(description="E-post i texten")
    def protected_addresses(self, obj):
        count = len(obj.addresses)
        protected = "1 e-postadress skyddas" if count == 1 else f"{count} e-postadresser skyddas"
        return f"{protected}: besökare ser en knapp som visar adressen."


@admin.register(Post)
@editor_policy
class PostAdmin(TellsWhatWasRemoved, ProtectedAddresses, VersionedAdmin):
    form = PostForm
    list_display = ["title", "what_residents_see", "category"]
    list_filter = [VisibilityFilter, "category", "published_at"]
    list_select_related = ["category"]
    list_per_page = 50
    search_fields = ["title", "search_text"]
    search_help_text = "Sök i rubrik, ingress och text"
    ordering = ["-created_at"]
    fieldsets = [
        (None, {"fields": ["title", "lead", "body", "category"]}),
        (
            "Bild",
            {"fields": ["image", "image_alt", "image_is_decorative", "image_caption", "image_credit"]},
        ),
        ("Tider", {"fields": ["published_at", "expires_at", "pinned_until"]}),
        ("Mer", {"classes": ["collapse"], "fields": ["byline", "slug"]}),
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).with_visibility()

    @admin.display(description="Vad besökare ser", ordering="published_at")
    def what_residents_see(self, post):
        return sentence(post)

    def refuses(self, post):
        return [] if post.published_at is None else [problem.text for problem in problems(post)]

    def says(self, request, post):
        return sentence(Post.objects.with_visibility().get(pk=post.pk))

    def what_was_done(self, post):
        return getattr(post, "what_was_done", "")

    def note_in_bin(self, fields):
        return "Ett utkast" if fields["published_at"] is None else "Syns på webbplatsen igen, på sina tider"

    def get_urls(self):
        return [
            path("forhandsgranska/", self.admin_site.admin_view(self.preview), name="news_post_preview"),
            path("klistra/", self.admin_site.admin_view(tidy_pasted), name="news_tidy"),
            *super().get_urls(),
        ]

    def get_view_on_site_url(self, obj=None):
        if obj is None or not obj.is_published:
            return None
        return super().get_view_on_site_url(obj)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        post = obj or Post()
        is_draft = state(post) == State.DRAFT
        context |= {
            "state": state(post),
            "what_residents_see": sentence(post),
            "to_do": problems(post) if obj and is_draft else [],
            "share_url": settings.SITE_URL + post.get_share_url() if is_draft and post.is_shared else "",
        }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def save_model(self, request, obj, form, change):
        if not change:
            obj.author = request.user
        obj.publish_problems = form.problems
        obj.what_was_done = form.what_was_done()
        super().save_model(request, obj, form, change)

    def response_add(self, request, obj, post_url_continue=None):
        return self.response_after(request, obj)

    def response_change(self, request, obj):
        return self.response_after(request, obj)

    def response_after(self, request, obj):
        """Say what residents see now; a draft stays open, what is published leads to the list."""
        post = self.get_queryset(request).get(pk=obj.pk)
        if "_share" in request.POST or "_unshare" in request.POST:
            post.share() if "_share" in request.POST else post.unshare()
        self.tell(request, post, obj.publish_problems)
        if state(post) == State.DRAFT:
            return HttpResponseRedirect(reverse("admin:news_post_change", args=[post.pk]))
        return HttpResponseRedirect(reverse("admin:news_post_changelist"))

    def tell(self, request, post, publish_problems):
        if publish_problems:
            messages.warning(request, "Sparad som utkast, men inte publicerad. Gör först det som står nedan.")
        elif "_share" in request.POST:
            messages.success(request, f"Sparad. Länken nedan gäller i {SHARE_DAYS} dagar.")
        elif "_unshare" in request.POST:
            messages.success(request, "Sparad. Länken gäller inte längre.")
        else:
            link = format_html(' <a href="{}">Se nyheten</a>', post.get_absolute_url())
            messages.success(
                request,
                format_html("”{}” är sparad. {}.{}", post, sentence(post), link if post.is_published else ""),
            )
        if "_draft" in request.POST and request.POST.get("published_at_0"):
            messages.info(request, "Publiceringstiden sparas inte i ett utkast: välj den när du publicerar.")
        if "_publish" in request.POST and post.published_at:
            day = timezone.localdate(post.published_at)
            if day < timezone.localdate():
                messages.info(
                    request,
                    f"Nyheten är daterad {date_format(day)}: tiden i formuläret hade redan varit.",
                )
        if post.published_at and comes_twice(post.published_at):
            messages.info(
                request,
                "Klockan ställs om den natten, så tiden kommer två gånger. Nyheten publiceras den första.",
            )

    def preview(self, request):
        """Show the posted form, unsaved, as residents would see it, on a phone and on a computer."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseRedirect(reverse("admin:news_post_changelist"))
        key = request.POST.get("preview_of", "")
        saved = Post.objects.filter(pk=key).first() if key.isdecimal() and len(key) < 19 else None
        if not (self.has_change_permission(request, saved) if saved else self.has_add_permission(request)):
            raise PermissionDenied
        form = self.get_form(request, saved, change=bool(saved))(request.POST, request.FILES, instance=saved)
        form.is_valid()  # as far as it can be read; what is wrong is told when it is saved
        post = form.instance
        post.title = post.title or "Utan rubrik"
        post.published_at = post.published_at or timezone.now()
        picture = form.cleaned_data.get("image")
        html = render_to_string(
            "news/post.html",
            {"post": post, "panel": panel(), "picture_url": data_url(picture), "is_preview": True},
            request,
        )
        response = render(request, "admin/news/post/preview.html", {"html": protect_html(html), "post": post})
        response._csp_update = {"img-src": [SELF, "data:"]}
        return response


def data_url(picture):
    """Return a picture that was just uploaded, and is stored nowhere, as a data: URL; else ""."""
    if not isinstance(picture, OwnPicture):
        return ""
    picture.seek(0)
    return "data:image/jpeg;base64," + base64.b64encode(picture.read()).decode()


@admin.register(Category)
class CategoryAdmin(VersionedAdmin):
    list_display = ["name", "order"]
    list_editable = ["order"]
    search_fields = ["name"]


@admin.register(Page)
@editor_policy
class PageAdmin(TellsWhatWasRemoved, ProtectedAddresses, VersionedAdmin):
    list_display = ["title", "in_menu", "order", "updated_at"]
    list_editable = ["order"]
    list_filter = ["in_menu"]
    search_fields = ["title", "body"]
    fields = ["title", "body", "in_menu", "order", "slug"]


@admin.register(Redirect)
class RedirectAdmin(admin.ModelAdmin):
    list_display = ["old_path", "target"]
    search_fields = ["old_path", "target"]
