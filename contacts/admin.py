from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db.models import Case, Exists, F, Prefetch, Q, TextField, Value, When
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from common.form_fields import FORGIVING_FIELDS
from common.publishing.admin import editor_policy
from common.richtext.admin import TellsWhatWasRemoved
from common.versions.admin import VersionedAdmin
from contacts.directory import card_of
from contacts.handover.admin import HandoverPages, may_hand_over
from contacts.handover.rules import removed_terms
from contacts.handover.texts import term_text
from contacts.models import Area, Assignment, Branch, Person, PostalAddress, Role, SocialLink
from contacts.ordering import OrderedAdmin, back_to_row, move, move_buttons, with_ends

THREE_ROWS = FORGIVING_FIELDS | {TextField: {"widget": AdminTextareaWidget({"rows": 3})}}


class AreaTicks:
    """Mixes in a tick for each area, and a filter by area, once there is one."""

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(can_have_areas=Exists(Area.objects.all()))

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "areas":  # without the links that open a window
            return db_field.formfield(widget=forms.CheckboxSelectMultiple)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_fieldsets(self, request, obj=None):
        ticks = ("Områden", {"classes": ["collapse"], "fields": ["areas"]})
        are_there = obj.can_have_areas if hasattr(obj, "can_have_areas") else Area.objects.exists()
        return [*super().get_fieldsets(request, obj), *([ticks] if are_there else [])]

    def get_list_filter(self, request):
        return [*super().get_list_filter(request), *(["areas"] if Area.objects.exists() else [])]


@admin.register(Area)
@editor_policy
class AreaAdmin(TellsWhatWasRemoved, OrderedAdmin, VersionedAdmin):
    list_display = ["name", "slug"]
    search_fields = ["name", "about"]
    fields = ["name", "about", "slug", "former_hosts"]
    formfield_overrides = THREE_ROWS

    def seen_by_residents(self, area):
        return "Området har en egen sida.", area.get_absolute_url()


def replace_url(assignment):
    return f"{reverse('admin:contacts_role_appoint', args=[assignment.role_id])}?efter={assignment.pk}"


def term_list(assignments, of):
    """Return terms as a list in safe HTML, each named by its `of`: "person" or "role"."""
    rows = [(getattr(one, of), term_text(one.starts_on, one.ends_on)) for one in assignments]
    if not rows:
        return "Ingen, så vitt vi vet."
    return format_html('<ul class="terms">{}</ul>', format_html_join("", "<li>{}: {}</li>", rows))


NEWEST_FIRST = [F("starts_on").desc(nulls_last=True), "-pk"]


class AssignmentInline(admin.StackedInline):
    """Who holds the role now or later; who held it stands below, as "Tidigare"."""

    model = Assignment
    formfield_overrides = FORGIVING_FIELDS
    readonly_fields = ["more"]
    extra = 0
    verbose_name = "innehavare"
    verbose_name_plural = "innehavare, nu och senare"

    def get_queryset(self, request):
        assignments = super().get_queryset(request).select_related("person", "role")
        shown = assignments.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=timezone.localdate()))
        return with_ends(shown, ["role"], self.opts.ordering)

    def get_fields(self, request, obj=None):
        return ["person", "starts_on", "ends_on", *(["more"] if may_hand_over(request.user) else [])]

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        field.choices = list(field.choices)  # asked for once, not once a row as autocomplete_fields do
        return field

    @admin.display(description="Mer")
    def more(self, assignment):
        if assignment.pk is None:
            return "Hamnar sist. Går att flytta när den är sparad."
        link = format_html('<a href="{}">Byt innehavare</a>', replace_url(assignment))
        return format_html("{} {}", move_buttons(assignment, ["role"]), link)


class CurrentAssignments:
    """Mixes in a column of those assignments that hold today: one query a page, not one a row."""

    def get_queryset(self, request):
        current = Assignment.objects.current().select_related("person", "role")
        return super().get_queryset(request).prefetch_related(Prefetch("assignments", current, "current"))


@admin.register(Role)
class RoleAdmin(AreaTicks, CurrentAssignments, HandoverPages, OrderedAdmin, VersionedAdmin):
    list_display = ["name", "holders", "group", "show_vacant"]
    list_filter = ["group"]
    search_fields = ["name", "email", "assignments__person__name"]
    fields = ["name", "group", "email", "show_vacant"]
    readonly_fields = ["earlier"]
    inlines = [AssignmentInline]
    order_within = ["group"]
    # As the contact page has them.
    ordering = [
        Case(*[When(group=group, then=Value(place)) for place, group in enumerate(Role.Group)]),
        "order",
        "name",
    ]

    def get_list_display(self, request):
        shown = super().get_list_display(request)
        if not may_hand_over(request.user):
            return shown
        return ["holders_to_replace" if name == "holders" else name for name in shown]

    @admin.display(description="innehavare i dag")
    def holders(self, role):
        return ", ".join(str(assignment.person) for assignment in role.current) or "Vakant"

    @admin.display(description="innehavare i dag")
    def holders_to_replace(self, role):
        rows = [(assignment.person, replace_url(assignment), "Byt", role) for assignment in role.current]
        if not rows:
            rows = [("Vakant", reverse("admin:contacts_role_appoint", args=[role.pk]), "Välj", role)]
        link = '<li>{} <a href="{}">{}<span class="visually-hidden"> innehavare: {}</span></a></li>'
        return format_html('<ul class="holders">{}</ul>', format_html_join("", link, rows))

    @admin.display(description="Tidigare")
    def earlier(self, role):
        ended = role.assignments.filter(ends_on__lt=timezone.localdate())
        return term_list(ended.select_related("person").order_by(*NEWEST_FIRST), "person")

    def get_fields(self, request, obj=None):
        return [*self.fields, *(["earlier"] if obj else [])]

    def changelist_view(self, request, extra_context=None):
        if "_starter_roles" in request.POST:
            return self.answer_starter_roles(request)
        context = {
            "starter_roles": self.starter_roles(request),
            "may_hand_over": may_hand_over(request.user),
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)

    def response_change(self, request, obj):
        """After "Upp" or "Ner" at a holder, which saves the form too: the same form, at that button."""
        if "_move" not in request.POST:
            return super().response_change(request, obj)
        move(request.POST["_move"], obj.assignments, ["role"])
        return back_to_row(request.path, request.POST["_move"])

    def seen_by_residents(self, role):
        current = role.assignments.current().select_related("person").order_by("order", "person__name")
        names = " och ".join(str(one.person) for one in current)
        vacant = "”Vakant”" if role.show_vacant else "inte rollen, för ingen har den i dag"
        return f"Kontaktsidan visar {names or vacant}.", reverse("contacts:list")


SHOWN = [(False, "Syns inte"), (True, "Syns för alla")]


class ShownField(forms.TypedChoiceField):
    def has_changed(self, initial, data):
        """Compare words: Django's own finds that True is not "True"."""
        return str(bool(initial)) != (data or "False")


@admin.register(Person)
class PersonAdmin(CurrentAssignments, VersionedAdmin):
    list_display = ["name", "roles", "organisation", "shows"]
    list_filter = ["assignments__role__group"]
    search_fields = ["name", "organisation", "email", "phone"]
    readonly_fields = ["what_residents_see", "terms"]
    fieldsets = [
        (None, {"fields": ["name", "organisation"]}),
        (
            "Vad som syns på webbplatsen",
            {
                "description": "Inget av detta syns förrän du väljer det. Fråga personen först.",
                "fields": ["phone", "show_phone", "email", "show_email", "photo", "show_photo"],
            },
        ),
    ]

    class Media:
        css = {"all": ["contacts/admin.css"]}

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None:
            return fieldsets
        return [(None, {"fields": ["what_residents_see"]}), *fieldsets, ("Uppdrag", {"fields": ["terms"]})]

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """Say in words what a tick would only hint at."""
        if not db_field.name.startswith("show_"):
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        return ShownField(
            label=db_field.verbose_name.capitalize(),
            help_text=db_field.help_text,
            choices=SHOWN,
            coerce=lambda value: value == "True",
            empty_value=False,
            required=False,
            initial=False,
            widget=forms.RadioSelect,
        )

    def never_restored_labels(self):
        return ["vad som syns på webbplatsen"]

    def erase_url(self, request, key):
        allowed = request.user.has_perm("contacts.erase_person")
        return reverse("admin:erase_person", args=[key]) if allowed else ""

    @admin.display(description="roller i dag")
    def roles(self, person):
        return ", ".join(assignment.role.name for assignment in person.current) or "Ingen"

    @admin.display(description="syns, utom namnet")
    def shows(self, person):
        chosen = [
            ("telefon", person.public_phone),
            ("e-post", person.public_email),
            ("foto", person.public_photo),
        ]
        return ", ".join(name for name, value in chosen if value) or "Inget"

    @admin.display(description="Vad besökare ser")
    def what_residents_see(self, person):
        card = card_of(person.pk)
        if card is None:
            return "Inget alls: har ingen roll i dag."
        seen = ["namnet", *(["telefonnumret"] if card.phone else [])]
        if card.emails:
            own = card.reachable_by == [person]
            seen.append("e-postadressen" if own else "rollens e-postadress, inte den egna")
        seen += ["fotot"] if card.photo else []
        return f"{', '.join(role.name for role in card.roles)}, med {', '.join(seen)}."

    def seen_by_residents(self, person):
        return f"Besökare ser: {self.what_residents_see(person)}", reverse("contacts:list")

    @admin.display(description="Nu och tidigare")
    def terms(self, person):
        return term_list(person.assignments.select_related("role").order_by(*NEWEST_FIRST), "role")


class TermFilter(admin.SimpleListFilter):
    title = "när"
    parameter_name = "nar"

    def lookups(self, request, model_admin):
        return [("nu", "Nu"), ("tidigare", "Tidigare"), ("senare", "Senare")]

    def queryset(self, request, queryset):
        today = timezone.localdate()
        match self.value():
            case "nu":
                return queryset.current()
            case "tidigare":
                return queryset.filter(ends_on__lt=today)
            case "senare":
                return queryset.filter(starts_on__gt=today)
        return queryset


@admin.register(Assignment)
class AssignmentAdmin(VersionedAdmin):
    """Who held what, when: all terms, now, earlier and later. Residents see only those of today."""

    list_display = ["__str__", "term"]
    list_filter = [TermFilter, "role__group"]
    list_select_related = ["role", "person"]
    search_fields = ["role__name", "person__name"]
    search_help_text = "Sök på roll eller namn"
    fields = ["role", "person", "starts_on", "ends_on"]
    ordering = ["role__order", "role__name", *NEWEST_FIRST]

    def deleted_versions(self):
        """What a change of holders removed is no rubbish: it comes back with that change."""
        return super().deleted_versions().exclude(object_id__in=map(str, removed_terms()))

    def seen_by_residents(self, assignment):
        is_current = Assignment.objects.current().filter(pk=assignment.pk).exists()
        return f"Det syns {'' if is_current else 'inte '}på kontaktsidan i dag.", reverse("contacts:list")

    @admin.display(description="när", ordering="starts_on")
    def term(self, assignment):
        return term_text(assignment.starts_on, assignment.ends_on)


@admin.register(PostalAddress)
class PostalAddressAdmin(OrderedAdmin, VersionedAdmin):
    list_display = ["label", "street", "postal_code", "city"]
    search_fields = ["label", "recipient", "street", "city"]
    fields = ["label", "recipient", "street", "postal_code", "city"]
    formfield_overrides = THREE_ROWS

    def seen_by_residents(self, address):
        return "Adressen syns på kontaktsidan och bredvid nyheterna.", reverse("contacts:list")


@admin.register(SocialLink)
class SocialLinkAdmin(OrderedAdmin, VersionedAdmin):
    list_display = ["name", "url"]
    search_fields = ["name", "url"]
    fields = ["name", "url"]

    def seen_by_residents(self, link):
        return "Länken syns på kontaktsidan och bredvid nyheterna.", reverse("contacts:list")


@admin.register(Branch)
class BranchAdmin(VersionedAdmin):
    """One row: the list leads straight to its form."""

    fields = ["name", "region", "description", "phone", "start_links", "membership_url", "help_url"]
    fields += ["privacy_contact"]

    def seen_by_residents(self, branch):
        return "Det syns på startsidan, och namnet och länkarna längst ner på alla sidor.", reverse("start")

    def changelist_view(self, request, extra_context=None):
        if self.has_view_permission(request) and (branch := Branch.objects.first()):
            return HttpResponseRedirect(reverse("admin:contacts_branch_change", args=[branch.pk]))
        return super().changelist_view(request, extra_context)

    def has_add_permission(self, request):
        return super().has_add_permission(request) and not Branch.objects.exists()

    def has_delete_permission(self, request, obj=None):
        return False
