"""The admin pages where holders are changed: form, preview, list of changes, undo."""

import re
from collections import Counter

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html

from common.email_protection.obfuscate import obfuscate_html
from common.swedish import day_text
from contacts.directory import contact_page
from contacts.handover.forms import MAX_NEW, HandoverForm
from contacts.handover.rules import NotReversible, fingerprint, hand_over, lock, redo, undo
from contacts.handover.starter_roles import STARTER_ROLES, answer_offer, starter_roles_on_offer
from contacts.handover.texts import detail_sentences, distance, sentences, warnings
from contacts.models import Handover, Person, Role

# A handover may do all of this, so it takes all these permissions.
PERMISSIONS = ["add_assignment", "change_assignment", "delete_assignment", "add_person", "change_person"]
HANDOVERS_LISTED = 50
SUGGESTION = re.compile(r"([1-9]\d{0,17})-([1-9]\d{0,17})", re.ASCII)
BACK_TO_FORM = {"_more", "_edit", "_restore"}  # buttons, and draft-autosave.js
NOT_RESENT = ("_", "csrf", "fingerprint")  # beginnings of fields that the preview does not send again


def may_hand_over(user):
    return user.has_perms([f"contacts.{codename}" for codename in PERMISSIONS])


def key_in(text):
    """Return a text that may be the key of a row, or None: one with more digits the database refuses."""
    return text if text.isdecimal() and len(text) < 19 else None


def suggested_names(request):
    """Return the initial names of a HandoverForm, of an address with ?ny=role-person once or more."""
    chosen = [one.groups() for one in map(SUGGESTION.fullmatch, request.GET.getlist("ny")[:MAX_NEW]) if one]
    people = Person.objects.in_bulk([person for _, person in chosen])
    names, lines = {}, Counter()
    for role, person in chosen:
        if int(person) in people:
            names[f"namn_{role}_{lines[role]}"] = people[int(person)].name
            lines[role] += 1
    return names


def form_url(row):
    return reverse(f"admin:contacts_{row._meta.model_name}_change", args=[row.pk])


class HandoverPages(admin.ModelAdmin):
    """Mixin of RoleAdmin: its extra pages."""

    def get_urls(self):
        def page(route, view, name):
            def answer(request, **kwargs):
                if not may_hand_over(request.user):
                    raise PermissionDenied
                return view(request, **kwargs)

            return path(route, self.admin_site.admin_view(answer), name=f"contacts_role_{name}")

        return [
            page("ny-styrelse/", self.new_board, "new_board"),
            page("byten/", self.handovers, "handovers"),
            page("byten/<int:handover_id>/", self.handover, "handover"),
            page("<path:object_id>/innehavare/", self.appoint, "appoint"),
            *super().get_urls(),
        ]

    def page(self, request, template, title, **context):
        context |= {**self.admin_site.each_context(request), "title": title, "opts": self.opts}
        return render(request, f"admin/contacts/{template}", context)

    # --- The offer to add the usual roles, for pages that POST "_starter_roles" ---

    def starter_roles(self, request):
        return starter_roles_on_offer() if self.has_add_permission(request) else []

    def answer_starter_roles(self, request):
        """Carry out the answer to the offer and redirect to the same page."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        add = request.POST["_starter_roles"] == "add"
        answer_offer(add, request.user)
        if add:
            roles = reverse("admin:contacts_role_changelist")
            told = 'Rollerna är tillagda. Ta bort dem som ni inte har under <a href="{}">Roller</a>.'
            messages.success(request, format_html(told, roles))
        return HttpResponseRedirect(request.get_full_path())

    # --- A change ---

    def new_board(self, request):
        """All roles of a group on one page; the preview comes before the save."""
        if "_starter_roles" in request.POST:
            return self.answer_starter_roles(request)
        wanted = request.GET.get("grupp", Role.Group.BOARD)
        if wanted not in Role.Group.values:
            raise Http404("No such group")
        group = Role.Group(wanted)
        title = "Ny styrelse" if group == Role.Group.BOARD else f"Nya innehavare: {group.label.lower()}"
        roles = list(Role.objects.filter(group=group))
        others = set(Role.objects.exclude(group=group).values_list("group", flat=True))
        offered = self.starter_roles(request)
        context = {
            "initial": {"starts_on": timezone.localdate()} | suggested_names(request),
            "other_groups": [one for one in Role.Group if one in others],
            "starter_roles": offered if group in {STARTER_ROLES[name] for name in offered} else [],
            "may_add_roles": self.has_add_permission(request),
        }
        return self.change(request, roles, title, **context)

    def appoint(self, request, object_id):
        """The holders of one role; saved directly, or previewed first."""
        role = get_object_or_404(Role, pk=key_in(unquote(object_id)))
        term = role.assignments.filter(pk=key_in(request.GET.get("efter", ""))).first()
        start = max(timezone.localdate(), term.starts_on) if term and term.starts_on else timezone.localdate()
        title = f"Byt innehavare: {role}" if term else f"Ny innehavare: {role}"
        leaving, initial = term and term.pk, {"starts_on": start}
        return self.change(request, [role], title, at_once=True, leaving=leaving, initial=initial)

    def change(self, request, roles, title, at_once=False, leaving=None, initial=None, **context):
        """Show the form, its preview, or save it, by the button that was pressed."""
        context |= {"roles": roles, "at_once": at_once}
        if request.method != "POST":
            form = HandoverForm(roles, initial=initial, leaving=leaving)
            return self.page(request, "handover_form.html", title, form=form, **context)
        with transaction.atomic():
            lock(roles)
            form = HandoverForm(roles, request.POST)
            is_back = BACK_TO_FORM & set(request.POST)
            if is_back:
                form.clear_errors()
            if is_back or not form.is_valid():
                return self.page(request, "handover_form.html", title, form=form, **context)
            now = fingerprint(roles)
            # What is known of somebody is not replaced unseen.
            is_plain = at_once and not any(decision.changed for decision in form.decisions)
            seen = request.POST.get("fingerprint", now if is_plain else "")
            if "_save" in request.POST and seen == now:
                return self.save(request, form, title)
            if "_save" in request.POST and (seen or not at_once):
                messages.warning(
                    request, "Någon har ändrat i rollerna under tiden. Se efter en gång till innan du sparar."
                )
        return self.preview(request, form, title, fingerprint=now, **context)

    def save(self, request, form, title):
        found = warnings(form.decisions, form.seats, form.later, form.day)
        handover = hand_over(form.day, form.decisions, request.user, title)
        when = "nu" if form.day <= timezone.localdate() else f"{distance(form.day)}, av sig själv"
        messages.success(request, f"Sparat. Kontaktsidan ändras {when}.")
        for line, row in found:
            messages.warning(request, format_html('{} <a href="{}">Öppna {}</a>', line, form_url(row), row))
        return HttpResponseRedirect(reverse("admin:contacts_role_handover", args=[handover.pk]))

    def preview(self, request, form, title, **context):
        """Make the change, render the contact page of that day, and roll the transaction back."""
        found = warnings(form.decisions, form.seats, form.later, form.day)
        with transaction.atomic():
            handover = hand_over(form.day, form.decisions, request.user, title)
            changes = [*sentences(handover.steps, handover.day), *detail_sentences(form.details)]
            page = {**contact_page(form.day), "is_preview": True}
            html = obfuscate_html(render_to_string("contacts/contact_list.html", page, request))
            transaction.set_rollback(True)
        sent = [(name, value) for name, values in form.data.lists() for value in values]
        context |= {
            "changes": changes,
            "warnings": [(line, row, form_url(row)) for line, row in found],
            "day": form.day,
            "distance": distance(form.day),
            "html": html,
            "sent": [(name, value) for name, value in sent if not name.startswith(NOT_RESENT)],
        }
        return self.page(request, "handover_preview.html", f"{title}: stämmer det?", **context)

    # --- Earlier changes ---

    def handovers(self, request):
        made = Handover.objects.select_related("made_by")[:HANDOVERS_LISTED]
        return self.page(request, "handover_list.html", "Gjorda byten", handovers=made)

    def handover(self, request, handover_id):
        """What one change did, with a button to undo or redo it."""
        handover = get_object_or_404(Handover, pk=min(handover_id, 2**63 - 1))
        reasons = []
        if request.method == "POST":
            revert, message = undo, "Ångrat. Alla roller är som före bytet."
            if "_redo" in request.POST:
                revert, message = redo, "Bytet gäller igen."
            try:
                revert(handover, request.user)
            except NotReversible as refusal:
                reasons = refusal.reasons
            else:
                messages.success(request, message)
                return HttpResponseRedirect(request.path)
        new = [step["after"]["person"] for step in handover.steps if step["after"] and not step["before"]]
        left = Person.objects.filter(pk__in=new, assignments=None) if handover.undone_at else []
        context = {
            "handover": handover,
            "left": left,
            "changes": sentences(handover.steps, handover.day),
            "reasons": reasons,
            "new": Person.objects.filter(pk__in=new, show_phone=False, show_email=False, show_photo=False),
        }
        title = f"{handover.title} från och med {day_text(handover.day)}"
        return self.page(request, "handover_done.html", title, **context)
