"""Users and groups, with the permissions in Swedish."""

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django_otp.plugins.otp_static.admin import StaticDevice
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.admin import TOTPDevice
from django_otp_webauthn.models import WebAuthnAttestation, WebAuthnCredential

from common.publishing.models import Proposal
from common.swedish import day_text
from common.versions.trash import WithoutJoinRows
from hgf_site.accounts import second_factor
from hgf_site.accounts.groups import GROUPS, PURPOSES


class PermissionsField(forms.ModelMultipleChoiceField):
    """Permissions by what they allow, in Swedish; the database's own names are English."""

    ACTIONS = {
        "add": "lägga till",
        "change": "ändra",
        "delete": "ta bort",
        "view": "se",
        "erase": "radera för gott",
        "confirm": "bekräfta personnummer",
    }

    def label_from_instance(self, permission):
        action, _, _model = permission.codename.partition("_")
        model = permission.content_type.model_class()
        name = model._meta.verbose_name_plural if model else permission.content_type.model
        return f"{str(name).capitalize()}: {self.ACTIONS.get(action, permission.name)}"


class PermissionsMixin(WithoutJoinRows):
    """Offers the permissions for what the admin shows, without a query per choice."""

    def formfield_for_manytomany(self, db_field, request=None, **kwargs):
        if db_field.remote_field.model is Permission:
            shown = {Proposal, *self.admin_site._registry}
            shown |= {
                inline.model for shows in self.admin_site._registry.values() for inline in shows.inlines
            }
            kwargs |= {"form_class": PermissionsField, "widget": forms.CheckboxSelectMultiple}
            kwargs["queryset"] = (
                Permission.objects.select_related("content_type")
                .filter(content_type__in=ContentType.objects.get_for_models(*shown).values())
                .order_by("content_type__app_label", "content_type__model", "codename")
            )
        return super().formfield_for_manytomany(db_field, request, **kwargs)


class SitePasswordForm(AdminPasswordChangeForm):
    """Django's form to give somebody a new password, whose warning is in English only."""

    usable_password_help_text = (
        "Avstängd: personen kan inte logga in, och det nuvarande lösenordet försvinner."  # noqa: S105  a help text, no password
    )


# Users and groups have forms of our own below; a second factor is set up on its owner's page.
admin.site.unregister([User, Group, StaticDevice, TOTPDevice])

SUPERUSER_FIELDS = ["is_superuser", "user_permissions"]
NAME_FIELDS = ["username", "first_name", "last_name", "email"]
ONLY_SHOWN = "Det här kontot kan bara den som sköter webbplatsen ändra."
OWN = "Dina egna rättigheter ändras av en annan administratör."
LABELS = {"is_staff": "Får logga in här", "is_active": "Kontot används"}
HELP_TEXTS = {
    "username": "Namnet att logga in med, till exempel anna.andersson.",
    "is_staff": "Utan kryss kommer personen inte in i det här verktyget.",
    "is_active": "Utan kryss går kontot inte att logga in med. Bättre än att ta bort det när någon slutar.",
    "groups": "Utan grupp finns inget att göra efter inloggningen.",
}


class SiteUserCreationForm(UserCreationForm):
    class Meta(UserCreationForm.Meta):
        labels = LABELS
        help_texts = HELP_TEXTS

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["is_staff"].initial = True
        self.fields[
            "password1"
        ].help_text = "Minst tio tecken. Tre ord som inte hör ihop är ett bra lösenord."
        self.fields["password2"].label, self.fields["password2"].help_text = "Lösenordet igen", ""


class SiteUserChangeForm(UserChangeForm):
    password = None  # nobody is helped by what is stored; the page has a link to give a new one

    class Meta(UserChangeForm.Meta):
        labels = LABELS
        help_texts = HELP_TEXTS


class GroupsField(forms.ModelMultipleChoiceField):
    """Groups by what they are for, where that is known."""

    def label_from_instance(self, group):
        purpose = PURPOSES.get(group.name)
        return f"{group.name}: {purpose}" if purpose else group.name


@admin.register(User)
class SiteUserAdmin(PermissionsMixin, UserAdmin):
    """Users; to anybody but a superuser, superusers do not exist.

    An Administratör gives the groups of GROUPS and nothing else, and cannot change an account with further
    rights: a new password for it would hand those rights over. Nobody changes their own rights, so that
    there is always somebody left who can.
    """

    form = SiteUserChangeForm
    add_form = SiteUserCreationForm
    add_form_template = None  # ours asks for all at once, and for no other way to log in
    change_password_form = SitePasswordForm
    unnamed = [TOTPDevice, StaticDevice, StaticToken, WebAuthnCredential, WebAuthnAttestation]  # in English
    list_display = ["username", "full_name", "group_names", "is_active", "last_seen"]
    list_filter = ["is_active", ("groups", admin.RelatedOnlyFieldListFilter)]
    readonly_fields = ["new_password", "phone_code", "last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": [*NAME_FIELDS, "new_password", "phone_code"]}),
        ("Rättigheter", {"fields": ["groups", "is_staff", "is_active"]}),
        ("Tider", {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (None, {"fields": [*NAME_FIELDS, "password1", "password2"]}),
        ("Rättigheter", {"fields": ["groups", "is_staff"]}),
    ]

    def get_queryset(self, request):
        users = super().get_queryset(request).prefetch_related("groups")
        return users if request.user.is_superuser else users.filter(is_superuser=False)

    def get_fieldsets(self, request, obj=None):
        names, rights, *rest = super().get_fieldsets(request, obj)
        if obj and request.user.is_superuser:
            rest.append(("Mer", {"classes": ["collapse"], "fields": SUPERUSER_FIELDS}))
        elif obj and not self.has_change_permission(request, obj):
            names = (None, {"description": ONLY_SHOWN, "fields": NAME_FIELDS})
        elif is_own(request, obj):
            rights = (rights[0], {"description": OWN, **rights[1]})
        return [names, rights, *rest]

    def get_readonly_fields(self, request, obj=None):
        own = ["groups", "is_staff", "is_active"] if is_own(request, obj) else []
        return [*super().get_readonly_fields(request, obj), *own]

    def get_list_filter(self, request):
        return [*self.list_filter, *(["is_superuser"] if request.user.is_superuser else [])]

    def lookup_allowed(self, lookup, value, request=None):
        hidden = not (request and request.user.is_superuser) and lookup.startswith(tuple(SUPERUSER_FIELDS))
        return not hidden and super().lookup_allowed(lookup, value, request)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and may_change(request, obj)

    def has_delete_permission(self, request, obj=None):
        allowed = super().has_delete_permission(request, obj) and may_change(request, obj)
        return allowed and not is_own(request, obj)

    def formfield_for_manytomany(self, db_field, request=None, **kwargs):
        if db_field.name == "groups":
            kwargs |= {"form_class": GroupsField, "widget": forms.CheckboxSelectMultiple}
            if not request.user.is_superuser:
                kwargs["queryset"] = Group.objects.filter(name__in=GROUPS)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def user_change_password(self, request, id, form_url=""):
        if is_own(request, self.get_object(request, unquote(id))):
            return redirect("admin:password_change")  # asks for the old one, and cannot turn it off
        return super().user_change_password(request, id, form_url)

    @admin.display(description="Namn", ordering="first_name")
    def full_name(self, user):
        return user.get_full_name()

    @admin.display(description="Senast inloggad", ordering="last_login")
    def last_seen(self, user):
        return user.last_login and day_text(user.last_login)

    @admin.display(description="Grupper")
    def group_names(self, user):
        return ", ".join(sorted(group.name for group in user.groups.all()))

    @admin.display(description="Lösenord")
    def new_password(self, user):
        url = reverse("admin:auth_user_password_change", args=[user.pk])
        return format_html('<a href="{}">Välj ett nytt lösenord</a>', url)

    @admin.display(description="Tvåstegsinloggning")
    def phone_code(self, user):
        url = reverse("admin:auth_user_second_factor", args=[user.pk])
        if not second_factor.is_on(user):
            return format_html('Inte påslagen. <a href="{}">Ge en länk för att sätta på den</a>', url)
        return format_html('På. <a href="{}">Ta bort när telefonen är borta</a>', url)


def is_own(request, user):
    """Tell whether `user` is the one who asks; False for superusers, who may change their own rights."""
    return user == request.user and not request.user.is_superuser


def may_change(request, user):
    """Tell whether the one who asks could have given the account every right that it has."""
    if user is None or request.user.is_superuser:
        return True
    more = user.user_permissions.exists() or user.groups.exclude(name__in=GROUPS).exists()
    return not user.is_superuser and not more


@admin.register(Group)
class SiteGroupAdmin(PermissionsMixin, GroupAdmin):
    """Groups; those of GROUPS are what the code says, at every migrate, and are only shown."""

    def get_fieldsets(self, request, obj=None):
        if obj and obj.name in GROUPS:
            text = f"{obj.name}: {PURPOSES[obj.name]}. Vad gruppen får göra är bestämt; gör en ny för annat."
            return [(None, {"description": text, "fields": ["name"]})]
        return super().get_fieldsets(request, obj)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and not (obj and obj.name in GROUPS)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and not (obj and obj.name in GROUPS)
