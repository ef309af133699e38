"""Users and groups, with the permissions in Swedish."""

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, Permission, User


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
            models = [model._meta.model_name for model in self.admin_site._registry]
            kwargs["form_class"] = PermissionsField
            kwargs["queryset"] = (
                Permission.objects.select_related("content_type")
                .filter(content_type__model__in=models)
                .order_by("content_type__app_label", "content_type__model", "codename")
            )
        return super().formfield_for_manytomany(db_field, request, **kwargs)


admin.site.unregister([User, Group])


@admin.register(User)
class SiteUserAdmin(PermissionsMixin, UserAdmin):
    pass


@admin.register(Group)
class SiteGroupAdmin(PermissionsMixin, GroupAdmin):
    pass
