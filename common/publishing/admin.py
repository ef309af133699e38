"""The admin of what is published: its buttons, its preview, and what residents see of it."""

from datetime import date, datetime

from csp.constants import SELF
from csp.decorators import csp_update
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.templatetags.admin_urls import admin_urlname
from django.contrib.admin.utils import display_for_field
from django.contrib.auth import get_permission_codename, get_user_model
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.forms import Media
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views.decorators.gzip import gzip_page

from common.clock import comes_twice, until
from common.email_protection.obfuscate import obfuscate_html
from common.publishing.forms import PublishForm
from common.publishing.models import SHARE_DAYS, PublishableQuerySet
from common.publishing.visibility import Visibility, visibility_of, visibility_sentence
from common.swedish import day_text
from common.versions.admin import VersionedAdmin

PERMISSIONS = "django.contrib.auth.backends.ModelBackend"
# A form of 70 kB goes as 10; Django makes the length of such an answer random, and each has another token.
editor_policy = method_decorator([gzip_page, csp_update(settings.EDITOR_CSP)], name="changeform_view")


class VisibilityFilter(admin.SimpleListFilter):
    title = "vad besökare ser"
    parameter_name = "syns"
    states = {
        "nu": ("Syns nu", PublishableQuerySet.current),
        "kommer": ("Publiceras senare", PublishableQuerySet.scheduled),
        "utkast": ("Utkast", PublishableQuerySet.drafts),
        "forbi": ("Gäller inte längre", PublishableQuerySet.expired),
    }

    def lookups(self, request, model_admin):
        return [(value, label) for value, (label, _) in self.states.items()]

    def queryset(self, request, queryset):
        _, rows_in_state = self.states.get(self.value(), ("", PublishableQuerySet.all))
        return rows_in_state(queryset)


class PublishAdmin(VersionedAdmin):
    """The admin of a Publishable model: its buttons, its preview, what is said after a save."""

    form = PublishForm
    change_form_template = "admin/publishing/change_form.html"
    definite = ""  # "nyheten"
    preview_template = ""

    def get_queryset(self, request):
        return super().get_queryset(request).with_visibility()

    def get_form(self, request, obj=None, **kwargs):
        form = super().get_form(request, obj, **kwargs)  # a class of this request's own
        form.may_confirm = request.user.has_perm(self.confirm_permission)
        return form

    @property
    def confirm_permission(self):
        return f"{self.opts.app_label}.{get_permission_codename('confirm', self.opts)}"

    def confirmers(self):
        """Return the names of those who may confirm personal numbers."""
        found = get_user_model().objects.with_perm(self.confirm_permission, backend=PERMISSIONS)
        return [user.get_full_name() or user.username for user in found.order_by("username")]

    def get_fieldsets(self, request, obj=None):
        """Ask about what is struck out where something is; what is folded says what is set in it.

        A form that comes back is not folded: what was typed is seen.
        """
        asked = ["body"]
        if "<s>" in request.POST.get("body", getattr(obj, "body", "")):
            asked.append("struck_is_meant")
        fieldsets = []
        for title, options in super().get_fieldsets(request, obj):
            fields = [name for field in options["fields"] for name in (asked if field == "body" else [field])]
            classes = options.get("classes", ())
            if classes and request.method == "POST":
                classes = ()
            elif classes and obj:
                title = " · ".join([title, *self.what_is_set(obj, fields)])
            fieldsets.append((title, {**options, "classes": classes, "fields": fields}))
        return fieldsets

    def what_is_set(self, row, names):
        """Yield what the fields hold, a day with its field's name; not what stands elsewhere in the form."""
        for name in names:
            value = getattr(row, name, None)
            if name in ("published_at", "slug") or not isinstance(value, str | date | Model):
                continue
            field = self.opts.get_field(name)
            if isinstance(value, datetime):  # "gäller till", "viktig rad på alla sidor till"
                yield field.verbose_name.removesuffix("till") + until(value)
            elif value != field.get_default() and (text := display_for_field(value, field, "")):
                yield f"{field.verbose_name}: {text}" if isinstance(value, date) else text

    @admin.display(description="Vad besökare ser", ordering="published_at")
    def what_residents_see(self, row):
        return visibility_sentence(row)

    def restore_errors(self, row):
        if row.published_at is None:
            return []
        # Of its rows the personal numbers: what else is not ready in them is not shown.
        problems = [*row.publish_problems(), *(one for one in row.row_problems() if one.number)]
        return [problem.text for problem in problems if not problem.is_question]

    def public_status(self, request, row):
        return visibility_sentence(self.model.objects.with_visibility().get(pk=row.pk))

    def change_summary(self, row):
        return getattr(row, "change_summary", "")

    def trash_note(self, fields):
        return (
            "Ett utkast" if fields.get("published_at") is None else "Syns på webbplatsen igen, på sina tider"
        )

    def delete_rows(self, request, rows, delete):
        """Remember the links to drafts for "Ångra", in the session: no version holds their keys."""
        rows = list(rows)
        super().delete_rows(request, rows, delete)
        if url := getattr(request, "undo_url", None):
            shared = [row for row in rows if row.is_shared]
            request.session[url] = {row.pk: [row.share_key, row.shared_until.isoformat()] for row in shared}

    def undo_view(self, request, key):
        response = super().undo_view(request, key)
        links = request.session.pop(request.path, {}) if request.method == "POST" else {}
        for pk, (share_key, shared_until) in links.items():
            self.model.objects.filter(pk=pk).update(share_key=share_key, shared_until=shared_until)
        return response

    def get_urls(self):
        preview = self.admin_site.admin_view(self.preview)
        name = f"{self.opts.app_label}_{self.opts.model_name}_preview"
        return [path("forhandsgranska/", preview, name=name), *super().get_urls()]

    def get_view_on_site_url(self, obj=None):
        if obj is None or not obj.is_published:
            return None
        return super().get_view_on_site_url(obj)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        row = obj or self.model()
        is_draft = visibility_of(row) == Visibility.DRAFT
        to_do = [*row.publish_problems(), *row.row_problems()] if obj and is_draft else []
        stopped = context["errors"] and getattr(row, "stopped_by", [])
        numbers = dict.fromkeys(problem.number for problem in stopped or to_do if problem.number)
        may_confirm = context["adminform"].form.may_confirm
        for rows in context["inline_admin_formsets"]:
            if any(problem.field.startswith(f"{rows.formset.prefix}-") for problem in to_do):
                rows.classes = ""  # not folded
        context |= {
            "definite": self.definite,
            "visibility": visibility_of(row),
            "what_residents_see": visibility_sentence(row),
            "to_do": to_do,
            "numbers": list(numbers) if may_confirm else [],
            "confirmers": self.confirmers() if numbers and not may_confirm else [],
            "media": without_djangos_scripts(context["media"]),
            "share_url": settings.SITE_URL + row.get_share_url() if is_draft and row.is_shared else "",
        }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def save_model(self, request, obj, form, change):
        is_same = change and form.old_time == obj.published_at and "expires_at" not in form.changed_data
        obj.visibility_is_known = is_same and "_share" not in request.POST and "_unshare" not in request.POST
        obj.change_summary = form.change_summary()
        super().save_model(request, obj, form, change)

    def response_add(self, request, obj, post_url_continue=None):
        return self.response_after(request, obj)

    def response_change(self, request, obj):
        return self.response_after(request, obj)

    def response_after(self, request, obj):
        """Say what residents see now; a draft stays open, what is published leads to the list."""
        row = obj if obj.visibility_is_known else self.get_queryset(request).get(pk=obj.pk)
        if "_share" in request.POST or "_unshare" in request.POST:
            row.share() if "_share" in request.POST else row.unshare()
        self.tell(request, row, obj.stopped_by)
        if visibility_of(row) == Visibility.DRAFT:
            return HttpResponseRedirect(reverse(admin_urlname(self.opts, "change"), args=[row.pk]))
        return HttpResponseRedirect(reverse(admin_urlname(self.opts, "changelist")))

    def remind(self, request, row, line, level=messages.INFO):
        """Say something that may be wrong with a row, and lead to its form: the list is shown by now."""
        form = reverse(admin_urlname(self.opts, "change"), args=[row.pk])
        messages.add_message(
            request, level, format_html('{} <a href="{}">Öppna {}</a>', line, form, self.definite)
        )

    def tell(self, request, row, problems):
        """Say what became of a save; `problems` are those that stopped its publication."""
        if problems:
            messages.warning(request, "Sparad som utkast, men inte publicerad. Gör först det som står nedan.")
        elif "_share" in request.POST:
            messages.success(request, f"Sparad. Länken nedan gäller i {SHARE_DAYS} dagar.")
        elif "_unshare" in request.POST:
            messages.success(request, "Sparad. Länken gäller inte längre.")
        else:
            link = format_html(' <a href="{}">Se {}</a>', row.get_absolute_url(), self.definite)
            is_proposal = row.is_published and request.POST.get("proposal")
            done = "Förslaget är publicerat: ”{}”. {}.{}" if is_proposal else "”{}” är sparad. {}.{}"
            line = format_html(done, row, visibility_sentence(row), link if row.is_published else "")
            messages.success(request, line)
        if "_draft" in request.POST and request.POST.get("published_at_0"):
            messages.info(request, "Publiceringstiden sparas inte i ett utkast: välj den när du publicerar.")
        if "_publish" in request.POST and row.published_at:
            day = timezone.localdate(row.published_at)
            if day < timezone.localdate():
                line = f"Publiceringsdagen är {day_text(day)}: tiden i formuläret hade redan varit."
                self.remind(request, row, line)
        if row.published_at and comes_twice(row.published_at):
            line = "Klockan ställs om den natten, så tiden kommer två gånger. Den första gäller."
            self.remind(request, row, line)

    def preview_context(self, row, form):
        """Return the context of `preview_template` for an unsaved row and the form that it comes from."""
        raise NotImplementedError

    def preview(self, request):
        """Show the posted form, unsaved, as residents would see it, on a phone and on a computer."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseRedirect(reverse(admin_urlname(self.opts, "changelist")))
        key = request.POST.get("preview_of", "")
        is_key = key.isdecimal() and len(key) < 19
        saved = self.model.objects.filter(pk=key).first() if is_key else None
        if not (self.has_change_permission(request, saved) if saved else self.has_add_permission(request)):
            raise PermissionDenied
        form = self.get_form(request, saved, change=bool(saved))(request.POST, request.FILES, instance=saved)
        form.is_valid()  # as far as it can be read; what is wrong is told when it is saved
        row = form.instance
        shown = self.preview_context(row, form)
        row.title = row.title or "Utan rubrik"
        row.published_at = row.published_at or timezone.now()
        html = render_to_string(self.preview_template, {**shown, "is_preview": True}, request)
        context = {"html": obfuscate_html(html), "title": row.title, "definite": self.definite}
        response = render(request, "admin/publishing/preview.html", context)
        response._csp_update = {"img-src": [SELF, "data:"]}
        return response


def without_djangos_scripts(media):
    """Leave out what the form has as one file, admin/js/text-form.js, or has no use for."""
    scripts = [script for script in media._js if not str(script).startswith("admin/js/")]
    return Media(css=media._css, js=scripts)
