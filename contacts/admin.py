from django.contrib import admin
from django.db.models import Prefetch
from django.http import HttpResponseRedirect
from django.urls import reverse
from phonenumber_field.modelfields import PhoneNumberField
from phonenumber_field.widgets import RegionalPhoneNumberWidget

from contacts.models import Assignment, Branch, Person, PostalAddress, Role, SocialLink
from versions.admin import VersionedAdmin


class PhoneWidget(RegionalPhoneNumberWidget):
    """Shows a stored number as "070-653 56 86", and one that was refused just as it was typed."""

    def format_value(self, value):
        return value if isinstance(value, str) else super().format_value(value)


SWEDISH_NUMBERS = {PhoneNumberField: {"widget": PhoneWidget(attrs={"class": "vTextField"})}}


class AssignmentInline(admin.TabularInline):
    model = Assignment
    fields = ["person", "starts_on", "ends_on", "order"]
    extra = 0
    verbose_name = "innehavare"
    verbose_name_plural = "innehavare"

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("person", "role")

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        field.choices = list(field.choices)  # asked for once, not once a row as autocomplete_fields do
        return field


class CurrentAssignments:
    """Mixes in a column of those assignments that hold today: one query a page, not one a row."""

    def get_queryset(self, request):
        current = Assignment.objects.current().select_related("person", "role")
        return super().get_queryset(request).prefetch_related(Prefetch("assignments", current, "current"))


@admin.register(Role)
class RoleAdmin(CurrentAssignments, VersionedAdmin):
    list_display = ["name", "holders", "group", "order", "show_vacant"]
    list_editable = ["order"]
    list_filter = ["group"]
    search_fields = ["name", "email", "assignments__person__name"]
    fields = ["name", "group", "email", "order", "show_vacant"]
    inlines = [AssignmentInline]

    @admin.display(description="innehavare i dag")
    def holders(self, role):
        return ", ".join(assignment.person.name for assignment in role.current) or "Vakant"


@admin.register(Person)
class PersonAdmin(CurrentAssignments, VersionedAdmin):
    formfield_overrides = SWEDISH_NUMBERS
    list_display = ["name", "roles", "organisation", "show_phone", "show_email", "show_photo"]
    list_filter = ["assignments__role__group"]
    search_fields = ["name", "organisation", "email", "phone"]
    fieldsets = [
        (None, {"fields": ["name", "organisation"]}),
        (
            "Vad som syns på webbplatsen",
            {
                "description": "Inget av detta syns förrän du kryssar i det. Fråga personen först.",
                "fields": ["phone", "show_phone", "email", "show_email", "photo", "show_photo"],
            },
        ),
    ]

    def erase_address(self, request, key):
        allowed = request.user.has_perm("contacts.erase_person")
        return reverse("admin:erase_person", args=[key]) if allowed else ""

    @admin.display(description="roller i dag")
    def roles(self, person):
        return ", ".join(assignment.role.name for assignment in person.current) or "Ingen"


@admin.register(PostalAddress)
class PostalAddressAdmin(VersionedAdmin):
    list_display = ["label", "street", "postal_code", "city", "order"]
    list_editable = ["order"]
    search_fields = ["label", "recipient", "street", "city"]
    fields = ["label", "recipient", "street", "postal_code", "city", "order"]

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "recipient":
            field.widget.attrs["rows"] = 3
        return field


@admin.register(SocialLink)
class SocialLinkAdmin(VersionedAdmin):
    list_display = ["name", "url", "order"]
    list_editable = ["order"]
    search_fields = ["name", "url"]


@admin.register(Branch)
class BranchAdmin(VersionedAdmin):
    """One row: the list leads straight to its form."""

    formfield_overrides = SWEDISH_NUMBERS
    fields = ["name", "region", "description", "phone", "membership_url", "help_url", "privacy_contact"]

    def changelist_view(self, request, extra_context=None):
        if self.has_view_permission(request) and (branch := Branch.objects.first()):
            return HttpResponseRedirect(reverse("admin:contacts_branch_change", args=[branch.pk]))
        return super().changelist_view(request, extra_context)

    def has_add_permission(self, request):
        return super().has_add_permission(request) and not Branch.objects.exists()

    def has_delete_permission(self, request, obj=None):
        return False
