from csp.decorators import csp_update
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import DateTimeField, Exists, OuterRef
from django.utils.decorators import method_decorator

from news.models import Category, Page, Post, PostQuerySet, Redirect

editor_policy = method_decorator(csp_update(settings.EDITOR_CSP), name="changeform_view")


def refuse_distant_year(moment):
    """A moment at the calendar's very end has none in UTC, in which the database compares."""
    if not 1900 <= moment.year <= 2999:
        raise ValidationError("Skriv ett årtal mellan 1900 och 2999.")


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
class PostAdmin(ProtectedAddresses, admin.ModelAdmin):
    list_display = ["title", "is_public", "published_at", "category"]
    list_filter = [VisibilityFilter, "category", "published_at"]
    list_select_related = ["category"]
    list_per_page = 50
    search_fields = ["title", "search_text"]
    search_help_text = "Sök i rubrik, ingress och text"
    ordering = ["-created_at"]
    prepopulated_fields = {"slug": ["title"]}
    fieldsets = [
        (None, {"fields": ["title", "lead", "body", "category"]}),
        (
            "Bild",
            {"fields": ["image", "image_alt", "image_is_decorative", "image_caption", "image_credit"]},
        ),
        (
            "Publicering",
            {
                "description": "Så länge ”Publiceras” är tomt är nyheten ett utkast som bara syns här.",
                "fields": ["published_at", "expires_at", "pinned_until"],
            },
        ),
        ("Mer", {"classes": ["collapse"], "fields": ["byline", "slug"]}),
    ]

    def get_queryset(self, request):
        public = Post.objects.current().filter(pk=OuterRef("pk"))
        return super().get_queryset(request).annotate(is_public=Exists(public))

    @admin.display(boolean=True, description="Syns nu", ordering="is_public")
    def is_public(self, post):
        return post.is_public

    def get_view_on_site_url(self, obj=None):
        if obj is None or not Post.objects.published().filter(pk=obj.pk).exists():
            return None
        return super().get_view_on_site_url(obj)

    def get_changeform_initial_data(self, request):
        return {}  # no page of ours fills in the form by its address, and a bad time there breaks it

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(db_field, DateTimeField):
            field.validators = [*field.validators, refuse_distant_year]
        return field

    def save_model(self, request, obj, form, change):
        if not change:
            obj.author = request.user
        super().save_model(request, obj, form, change)


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin):
    list_display = ["name", "order"]
    list_editable = ["order"]
    search_fields = ["name"]
    prepopulated_fields = {"slug": ["name"]}


@admin.register(Page)
@editor_policy
class PageAdmin(ProtectedAddresses, admin.ModelAdmin):
    list_display = ["title", "in_menu", "order", "updated_at"]
    list_editable = ["order"]
    list_filter = ["in_menu"]
    search_fields = ["title", "body"]
    prepopulated_fields = {"slug": ["title"]}
    fields = ["title", "body", "in_menu", "order", "slug"]


@admin.register(Redirect)
class RedirectAdmin(admin.ModelAdmin):
    list_display = ["old_path", "target"]
    search_fields = ["old_path", "target"]
