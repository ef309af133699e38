"""The pages of the second factor: giving the code at login, setting it up, and taking it from a colleague.

A half login (the password was right, the code is not given yet) reaches these pages and nothing else.
"""

from base64 import b32encode
from functools import wraps

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import get_user_model, logout
from django.contrib.auth.signals import user_login_failed
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django_otp import login as remember_device

from hgf_site import second_factor
from hgf_site.kept import KEPT, go_on_with
from hgf_site.second_factor import Throttled

WRONG_CODE = "Koden stämmer inte. Vänta tills appen visar en ny kod, och skriv in den."
THROTTLED = "Vänta några sekunder efter en felaktig kod, längre efter flera, och försök igen."


class CodeForm(forms.Form):
    code = forms.CharField(
        label="Kod",
        max_length=30,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "autofocus": True, "size": 12}
        ),
    )

    def __init__(self, *args, check, **kwargs):
        """`check`: called with the code as text, returns a device or None, raises Throttled."""
        super().__init__(*args, **kwargs)
        self.check, self.device = check, None

    def clean_code(self):
        code = self.cleaned_data["code"]
        try:
            self.device = self.check(code)
        except Throttled:
            raise forms.ValidationError(THROTTLED, code="throttled") from None
        if self.device is None:
            raise forms.ValidationError(WRONG_CODE, code="wrong")
        return code


def urls():
    return [
        path("tvasteg/", settings_page, name="second_factor"),
        path("tvasteg/kod/", code_page, name="second_factor_code"),
        path("auth/user/<int:object_id>/tvasteg/", remove_page, name="auth_user_second_factor"),
    ]


def half_login(view):
    """Let in who has given a right password, and nobody else."""

    @never_cache
    @wraps(view)
    def answer(request, *args, **kwargs):
        if not (request.user.is_active and request.user.is_staff):
            return redirect_to_login(request.get_full_path(), reverse("admin:login"))
        return view(request, *args, **kwargs)

    return answer


def full_login(view):
    """Let in who has given a code too, where one is needed."""

    @half_login
    @wraps(view)
    def answer(request, *args, **kwargs):
        if not second_factor.has_passed(request.user):
            return redirect_to_login(request.get_full_path(), reverse("admin:second_factor_code"))
        return view(request, *args, **kwargs)

    return answer


def wanted_page(request):
    """Return the page of the admin that was asked for before the code was."""
    target = request.POST.get("next") or request.GET.get("next", "")
    ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure())
    return target if ours else reverse("admin:index")


def page(request, template, title, status=200, **context):
    context = {**admin.site.each_context(request), "title": title, **context}
    return TemplateResponse(request, f"admin/second_factor/{template}.html", context, status=status)


@half_login
def code_page(request):
    """Ask for the code of the phone, or a recovery code."""
    if "_other" in request.POST:
        logout(request)
        return HttpResponseRedirect(reverse("admin:login"))
    target = wanted_page(request)
    if second_factor.has_passed(request.user):
        return HttpResponseRedirect(target)
    if not second_factor.is_on(request.user):
        return redirect_to_login(target, reverse("admin:second_factor"))
    fields = request.POST.get(KEPT, "")  # of a form that was sent while nobody was logged in
    data = request.POST if "code" in request.POST else None
    form = CodeForm(data, check=lambda code: second_factor.verify(request.user, code))
    if form.is_valid():
        remember_device(request, form.device)
        request.session.cycle_key()
        left = second_factor.recovery_codes_left(request.user)
        if left <= 2:
            messages.warning(
                request, f"Du har {left} återställningskoder kvar. Gör nya under Tvåstegsinloggning."
            )
        return go_on_with(request, fields, HttpResponseRedirect(target))
    if form.errors:
        count_failure(request)
    context = {"form": form, "next": target, KEPT: fields}
    return page(request, "code", "Skriv koden från din telefon", **context)


def count_failure(request):
    """Let axes count a wrong code as it counts a wrong password."""
    credentials = {"username": request.user.get_username()}
    user_login_failed.send(sender=__name__, credentials=credentials, request=request)


@half_login
def settings_page(request):
    """Set the second factor up; once it is on: new recovery codes, another phone, or off again."""
    user = request.user
    is_on = second_factor.is_on(user)
    if is_on and not user.is_verified():
        return redirect_to_login(request.get_full_path(), reverse("admin:second_factor_code"))
    if is_on and "_codes" in request.POST:
        return recovery_codes_page(request, "Gjorde nya återställningskoder.")
    if is_on and "_off" in request.POST and not second_factor.is_required(user):
        second_factor.remove(user)
        note(user, user, "Stängde av tvåstegsinloggningen.")
        messages.success(request, "Tvåstegsinloggningen är avstängd.")
        return HttpResponseRedirect(reverse("admin:index"))
    if is_on and "_phone" not in request.POST and "code" not in request.POST:
        return page(
            request,
            "on",
            "Tvåstegsinloggning",
            codes_left=second_factor.recovery_codes_left(user),
            is_required=second_factor.is_required(user),
        )
    device = second_factor.begin(user)
    data = request.POST if "code" in request.POST else None
    form = CodeForm(data, check=lambda code: second_factor.confirm(user, code))
    if form.is_valid():
        remember_device(request, form.device)
        request.session.cycle_key()
        return recovery_codes_page(request, "Satte på tvåstegsinloggningen.")
    return page(
        request,
        "set_up",
        "Byt telefon" if is_on else "Tvåstegsinloggning",
        form=form,
        next=wanted_page(request),
        is_required=second_factor.is_required(user),
        app_url=device.config_url,
        qr_code=qr_code(device.config_url),
        key=spaced(b32encode(device.bin_key).decode()),
    )


def recovery_codes_page(request, done):
    codes = second_factor.new_recovery_codes(request.user)
    note(request.user, request.user, done)
    return page(
        request, "recovery_codes", "Spara återställningskoderna", codes=codes, next=wanted_page(request)
    )


@full_login
def remove_page(request, object_id):
    """Take a lost phone from a colleague's account: she logs in with her password, and sets up a new one."""
    users = admin.site.get_model_admin(get_user_model())
    colleague = get_object_or_404(users.get_queryset(request), pk=object_id)
    if not users.has_change_permission(request, colleague) or colleague == request.user:
        raise PermissionDenied
    if request.method == "POST":
        second_factor.remove(colleague)
        note(request.user, colleague, "Tog bort tvåstegsinloggningen.")
        messages.success(request, f"Tvåstegsinloggningen är borttagen för {colleague}.")
        return HttpResponseRedirect(reverse("admin:auth_user_change", args=[object_id]))
    return page(request, "remove", "Ta bort tvåstegsinloggningen", colleague=colleague)


def note(actor, user, text):
    """Write what `actor` did to the account of `user` into the log that the Administratör reads."""
    LogEntry.objects.log_actions(actor.pk, [user], CHANGE, text, single_object=True)


def qr_code(text):
    """Return a QR code as an inline <svg>, black on white: some phones do not read the reverse."""
    import segno  # here: it would take a fiftieth of every start, and few pages need it

    drawing = segno.make(text, micro=False)
    svg = drawing.svg_inline(omitsize=True, light="white", title="QR-kod för appen")
    return mark_safe(svg)  # noqa: S308  segno's own drawing; the text is only in its squares


def spaced(key):
    """ "ABCDEFGH" → "ABCD EFGH", to be typed by hand."""
    return " ".join(key[start : start + 4] for start in range(0, len(key), 4))
