"""A change of what is published may wait: one proposal beside a row, which residents do not see."""

import json

import reversion
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import DateTimeField, Exists, OuterRef
from django.http import HttpResponseRedirect, QueryDict
from django.utils import timezone
from reversion.models import Version

from common.publishing.models import Proposal
from common.versions.compare import label_of
from common.versions.conflict import VERSION, state_digest
from common.versions.forms import data_of
from common.versions.history import moment, person
from common.versions.purge import file_fields
from common.versions.registry import fields_of, key_of, save_state_before, state_of
from common.versions.restoring import with_fields

FILLED_FROM = "proposal"  # of the form: the digest of the proposal that it was filled from


def may_wait(model):
    """Return the fields that a proposal may change: those of an older version put back, but for files."""
    options = model.revision_options
    return {*options.fields} - {*options.never_restored, *(field.name for field in file_fields(model))}


def proposed_row(row, proposal):
    """Return a row that was just read, as it would be with a proposal: to look at, not to save."""
    with_fields(row, proposal.fields)
    for field in row._meta.many_to_many:
        there = field.related_model._base_manager.filter(pk__in=proposal.fields.get(field.name, ()))
        row.__dict__.setdefault("_prefetched_objects_cache", {})[field.name] = there
    return row


def as_typed(row):
    """Return {field: JSON value} of a row, with times to the minute, as forms have them."""
    fields = fields_of(row)
    for field in row._meta.local_fields:
        if isinstance(field, DateTimeField) and (time := getattr(row, field.name)):
            fields[field.name] = time.replace(second=0, microsecond=0)
    return fields


class Proposals:
    """Mixed into a PublishAdmin: its buttons "… förslaget". Its files, times and rows do not wait."""

    def get_queryset(self, request):
        waiting = Proposal.objects.of(self.model).filter(object_id=OuterRef("pk"))
        return super().get_queryset(request).annotate(has_proposal=Exists(waiting))

    @admin.display(description="Vad besökare ser", ordering="published_at")
    def what_residents_see(self, row):
        return super().what_residents_see(row) + (" · ett förslag väntar" if row.has_proposal else "")

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        pressed = {"_edit_proposal", "_publish_proposal", "_drop_proposal"} & {*request.POST}
        if pressed and (row := self.get_object(request, object_id)):
            proposal = Proposal.objects.of_row(row)
            if not self.has_change_permission(request, row):
                raise PermissionDenied
            if proposal is None or not is_filled_from(request, proposal):
                messages.warning(request, "Förslaget har ändrats eller är borta. Se efter en gång till.")
                return HttpResponseRedirect(request.path)
            if not may_decide(request.user, proposal):
                raise PermissionDenied
            if "_drop_proposal" in pressed:
                return self.drop(request, row, proposal)
            request.POST = self.form_data(request, row, proposal)
            if "_edit_proposal" in pressed:
                request.review = f"Här är {self.said_of(proposal)}. Det gäller inte än."
        elif object_id and "_propose" in request.POST:
            request.review = ""  # the form is shown again, unless render_change_form() can save the proposal
        return super().changeform_view(request, object_id, form_url, extra_context)

    def said_of(self, proposal):
        who = person(proposal.user) or "någon som inte finns kvar"
        return f"förslaget som {who} sparade {moment(proposal.saved_at)}"

    def form_data(self, request, row, proposal):
        """Return the form as a browser would send it, filled from a proposal, for "_save"."""
        proposed = proposed_row(self.get_object(request, str(row.pk)), proposal)
        form = self.get_form(request, row, change=True)(instance=proposed)
        sent = data_of(form)
        for FormSet, inline in self.get_formsets_with_inlines(request, row):
            rows = FormSet(instance=row, queryset=inline.get_queryset(request))
            for one in (rows.management_form, *rows.forms):
                sent |= data_of(one)
        data = QueryDict(mutable=True)
        for name, values in sent.items():
            data.setlist(name, values)
        data[VERSION], data[FILLED_FROM] = proposal.version, state_digest(proposal.state)
        data["_save"] = ""
        return data

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        proposal = Proposal.objects.of_row(obj) if getattr(obj, "has_proposal", False) else None
        form = context["adminform"].form
        if "_propose" in request.POST and obj and not (context["errors"] or request.review or form.was_draft):
            request.review = self.why_not_kept(request, context, proposal)
            if not request.review:
                return self.keep(request, form, proposal)
        filled_from = request.POST.get(FILLED_FROM, "")
        context |= {FILLED_FROM: filled_from, "may_propose": change and not form.was_draft}
        if proposal and not filled_from:
            context["waiting"] = {
                "text": self.said_of(proposal),
                "url": settings.SITE_URL + obj.get_share_url(proposal.share_key),
                "digest": state_digest(proposal.state) if may_decide(request.user, proposal) else "",
            }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def why_not_kept(self, request, context, proposal):
        """Return why a valid form cannot be kept as a proposal, and what to do, or ""."""
        if proposal and not (is_filled_from(request, proposal) and may_decide(request.user, proposal)):
            there = f"Bara ett förslag kan vänta, och nu finns {self.said_of(proposal)}"
            return f"Inget är sparat. {there}. Ta bort eller publicera det i en ny flik först."
        form = context["adminform"].form
        now = as_typed(self.model._base_manager.get(pk=form.instance.pk))
        new = as_typed(form.instance)
        names = {name for name in new if new[name] != now[name]} - may_wait(self.model)
        changed = [label_of(self.model, name) for name in now if name in names]
        changed += [
            one.opts.verbose_name_plural
            for one in context["inline_admin_formsets"]
            if one.formset.has_changed()
        ]
        if not changed:
            return ""
        what = ", ".join(changed).lower()
        return f"Inget är sparat. Det här kan inte vänta i ett förslag: {what}. Ändra det för sig först."

    def keep(self, request, form, old):
        """Save what the form says beside its row."""
        row = form.instance
        many = {field.name for field in row._meta.many_to_many} & form.cleaned_data.keys()
        fields = fields_of(row) | {name: [one.pk for one in form.cleaned_data[name]] for name in many}
        proposal = old or Proposal(row=row, user=request.user)
        proposal.state = {key_of(row): {name: fields[name] for name in fields if name in may_wait(type(row))}}
        proposal.version, proposal.saved_at = request.POST.get(VERSION, ""), timezone.now()
        proposal.save()
        messages.success(request, "Förslaget är sparat och syns inte än.")
        return HttpResponseRedirect(request.path)

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        proposal = Proposal.objects.of_row(obj) if getattr(obj, "has_proposal", False) else None
        if proposal and is_filled_from(request, proposal) and may_decide(request.user, proposal):
            who = person(proposal.user) or "någon"
            obj.change_summary = f"{obj.change_summary} Förslag av {who}.".strip()
            proposal.delete()

    @transaction.atomic
    def drop(self, request, row, proposal):
        """Delete a proposal; what it said becomes a version, so that no text is lost."""
        save_state_before(row, state_of(row))
        with reversion.create_revision(atomic=False):
            reversion.set_user(request.user)
            reversion.set_comment(f"Tog bort {self.said_of(proposal)}. Så här stod det.")
            reversion.add_to_revision(row)
        version = Version.objects.get_for_object(row).first()
        [stored] = json.loads(version.serialized_data)
        stored["fields"] |= proposal.fields
        version.serialized_data = json.dumps([stored])
        version.save(update_fields=["serialized_data"])
        save_state_before(row, state_of(row))
        proposal.delete()
        messages.success(request, "Förslaget är borttaget. Det som stod i det finns kvar i Historik.")
        return HttpResponseRedirect(request.path)


def is_filled_from(request, proposal):
    """Tell whether the posted form is of the proposal as it is now; anybody can count its digest."""
    return state_digest(proposal.state) == request.POST.get(FILLED_FROM)


def may_decide(user, proposal):
    """Tell whether a user who may change the row may edit, publish and delete its proposal."""
    return proposal.user_id == user.pk or user.has_perm("publishing.change_proposal")
