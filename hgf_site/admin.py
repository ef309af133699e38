"""Users and groups, with the permissions in Swedish."""

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.utils.text import capfirst


class PermissionsField(forms.ModelMultipleChoiceField):
    """Permissions by what they allow, in Swedish; the database's own names are English."""

    ACTIONS = {"add": "lägga till", "change": "ändra", "delete": "ta bort", "view": "se"}

    def label_from_instance(self, permission):
        action, _, _model = permission.codename.partition("_")
        model = permission.content_type.model_class()
        name = model._meta.verbose_name_plural if model else permission.content_type.model
        return f"{str(name).capitalize()}: {self.ACTIONS.get(action, permission.name)}"


class PermissionsMixin:
    """Offers the permissions for what the admin shows, without a query per choice."""

    def formfield_for_manytomany(self, db_field, request=None, **kwargs):
        if db_field.remote_field.model is Permission:
            shown = set(self.admin_site._registry)
            shown |= {
                inline.model for shows in self.admin_site._registry.values() for inline in shows.inlines
            }
            kwargs["form_class"] = PermissionsField
            kwargs["queryset"] = (
                Permission.objects.select_related("content_type")
                .filter(content_type__in=ContentType.objects.get_for_models(*shown).values())
                .order_by("content_type__app_label", "content_type__model", "codename")
            )
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_deleted_objects(self, objs, request):
        """Without the rows of join tables, which Django names in English: "User_groups object (1)"."""
        listed, counts, *refused = super().get_deleted_objects(objs, request)
        relations = [field.remote_field for field in self.model._meta.many_to_many]
        relations += [relation for relation in self.model._meta.related_objects if relation.many_to_many]
        joins = [relation.through._meta for relation in relations]
        starts = tuple(f"{capfirst(join.verbose_name)}: " for join in joins)
        for join in joins:
            counts.pop(join.verbose_name_plural, None)
        return without_starts(listed, starts), counts, *refused


def without_starts(listed, starts):
    """A nested list of texts without those that begin with one of `starts`."""
    kept = [item if isinstance(item, str) else without_starts(item, starts) for item in listed]
    return [item for item in kept if item and not (isinstance(item, str) and item.startswith(starts))]


class SitePasswordForm(AdminPasswordChangeForm):
    """Django's form to give somebody a new password, whose warning is in English only."""

    usable_password_help_text = (
        "Avstängd: personen kan inte logga in, och det nuvarande lösenordet försvinner."  # noqa: S105
    )


admin.site.unregister([User, Group])


@admin.register(User)
class SiteUserAdmin(PermissionsMixin, UserAdmin):
    change_password_form = SitePasswordForm
    readonly_fields = ["last_login", "date_joined"]


@admin.register(Group)
class SiteGroupAdmin(PermissionsMixin, GroupAdmin):
    pass
