"""The pages of the second factor: giving the code at login, setting it up, and taking it from a colleague.

Whoever has given the right password but no code yet reaches these pages and nothing else.
"""

import time
from base64 import b32encode
from functools import wraps

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import get_user_model, logout
from django.contrib.auth.signals import user_login_failed
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django_otp import login as remember_device

from contacts.rate_limits import client_rules, take
from hgf_site.accounts import passkeys, second_factor
from hgf_site.accounts.second_factor import Throttled, enrolment_tokens
from hgf_site.accounts.security_log import add_audit_entry

ENROLMENT = "second_factor_token"  # in the session: the token of an opened link
WRONG_CODE = "Koden stämmer inte. Vänta tills appen visar en ny kod, och skriv in den."
WRONG_PASSKEY = "Det gick inte med den lösennyckeln. Försök igen."
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
        path("tvasteg/lank/<str:token>/", open_link, name="second_factor_link"),
        path("auth/user/<int:object_id>/tvasteg/", colleague_page, name="auth_user_second_factor"),
    ]


def password_verified(view):
    """Decorate a view for users whose password was right; others get the login page."""

    @never_cache
    @wraps(view)
    def answer(request, *args, **kwargs):
        if not (request.user.is_active and request.user.is_staff):
            return redirect_to_login(request.get_full_path(), reverse("admin:login"))
        return view(request, *args, **kwargs)

    return answer


def otp_required(view):
    """Decorate a view for users who have also given a code, where their account needs one."""

    @password_verified
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


def render_page(request, template, title, status=200, **context):
    context = {**admin.site.each_context(request), "title": title, **context}
    return TemplateResponse(request, f"admin/second_factor/{template}.html", context, status=status)


@password_verified
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
    data = request.POST if "code" in request.POST else None
    form = CodeForm(data, check=lambda code: second_factor.verify_code(request.user, code))
    device = form.device if form.is_valid() else passkeys.verify_passkey(request)
    if device:
        remember_device(request, device)
        request.session.cycle_key()
        left = second_factor.recovery_codes_left(request.user)
        if left <= 2:
            link = format_html('<a href="{}">Tvåstegsinloggning</a>', reverse("admin:second_factor"))
            text = "Du har {} återställningskoder kvar. Gör nya under {}."
            messages.warning(request, format_html(text, left, link))
        return HttpResponseRedirect(target)
    if "passkey" in request.POST:
        messages.error(request, WRONG_PASSKEY)
    if form.errors or "passkey" in request.POST:
        # axes counts a wrong code as it counts a wrong password.
        credentials = {"username": request.user.get_username()}
        user_login_failed.send(sender=__name__, credentials=credentials, request=request)
    return render_page(
        request,
        "code",
        "Ett steg till",
        form=form,
        next=target,
        has_phone=second_factor.has_phone(request.user),
        passkey_options=passkeys.login_options(request),
    )


@password_verified
def settings_page(request):
    """Let who is logged in set the second factor up; once it is on, change it by the buttons of its page."""
    if not second_factor.is_on(request.user):
        return first_factor_page(request)
    if not request.user.is_verified():
        return redirect_to_login(request.get_full_path(), reverse("admin:second_factor_code"))
    pressed = next((name for name in BUTTONS if name in request.POST), None)
    return BUTTONS[pressed](request) if pressed else overview(request)


def first_factor_page(request):
    token = request.session.get(ENROLMENT, "")
    if second_factor.needs_link(request.user) and not enrolment_tokens.check_token(request.user, token):
        return link_page(request)
    return passkey_page(request) if "passkey" in request.POST else phone_page(request)


def overview(request):
    return render_page(
        request,
        "on",
        "Tvåstegsinloggning",
        codes_left=second_factor.recovery_codes_left(request.user),
        is_required=second_factor.is_required(request.user),
        has_phone=second_factor.has_phone(request.user),
        passkeys=passkeys.passkeys_of(request.user),
        passkey_options=passkeys.registration_options(request),
    )


def turned_off(request):
    if second_factor.is_required(request.user):
        return overview(request)
    second_factor.turn_off(request.user)
    add_audit_entry(request.user, request.user, "Stängde av tvåstegsinloggningen.")
    messages.success(request, "Tvåstegsinloggningen är avstängd.")
    return HttpResponseRedirect(reverse("admin:index"))


def passkey_removed(request):
    if passkeys.remove_passkey(request.user, request.POST["_remove"]):
        add_audit_entry(request.user, request.user, "Tog bort en lösennyckel.")
    return HttpResponseRedirect(request.path)


def passkey_page(request):
    """Add the passkey that the browser has made; with recovery codes when it turns the second factor on."""
    is_first = not second_factor.is_on(request.user)
    device = passkeys.register(request)
    if device is None:
        messages.error(request, WRONG_PASSKEY)
        return phone_page(request) if is_first else overview(request)
    if is_first:
        return turned_on(request, device)
    add_audit_entry(request.user, request.user, "Lade till en lösennyckel.")
    messages.success(request, "Lösennyckeln är tillagd.")
    return HttpResponseRedirect(request.path)


def phone_page(request):
    """Show the key of a new phone, until its code is right; beside it the passkey, for a first factor."""
    user = request.user
    is_on = second_factor.is_on(user)
    device = second_factor.begin(user)
    data = request.POST if "code" in request.POST else None
    form = CodeForm(data, check=lambda code: second_factor.confirm(user, code))
    if form.is_valid():
        return turned_on(request, form.device)
    return render_page(
        request,
        "set_up",
        "Byt telefon" if is_on else "Tvåstegsinloggning",
        form=form,
        passkey_options=None if is_on else passkeys.registration_options(request),
        next=wanted_page(request),
        is_required=second_factor.is_required(user),
        app_url=device.config_url,
        qr_code=qr_code(device.config_url),
        key=spaced(b32encode(device.bin_key).decode()),
    )


def turned_on(request, device):
    """Let in, with recovery codes, whoever has just shown a new phone or a first passkey."""
    remember_device(request, device)
    request.session.cycle_key()
    return recovery_codes_page(request, "Satte på tvåstegsinloggningen.")


def recovery_codes_page(request, done="Gjorde nya återställningskoder."):
    codes = second_factor.new_recovery_codes(request.user)
    add_audit_entry(request.user, request.user, done)
    return render_page(
        request, "recovery_codes", "Spara återställningskoderna", codes=codes, next=wanted_page(request)
    )


# What the buttons of the page do while the second factor is on, by the name each posts.
BUTTONS = {
    "_codes": recovery_codes_page,
    "_off": turned_off,
    "_remove": passkey_removed,
    "passkey": passkey_page,
    "_phone": phone_page,
    "code": phone_page,
}


def link_page(request):
    """Offer a letter with the link without which no first second factor is set up."""
    user, is_sent = request.user, False
    if request.method == "POST" and user.email:
        address = request.META.get("REMOTE_ADDR", "")
        is_sent = not take(client_rules("tvasteg", address, settings.RESET_LIMITS["client"]), time.time())
        if is_sent:
            context = {"link": second_factor.enrolment_link(user), "user": user}
            text = render_to_string("admin/second_factor/link_email.txt", context)
            user.email_user("Tvåstegsinloggning för webbplatsen", text)
            add_audit_entry(user, user, "Begärde ett brev för att sätta på tvåstegsinloggningen.")
        else:
            messages.error(request, "Det har begärts för många brev. Vänta en stund och försök igen.")
    return render_page(request, "link", "Tvåstegsinloggning", is_sent=is_sent)


@password_verified
def open_link(request, token):
    """Let whoever follows a link from a letter or a colleague, in this browser, set up a second factor."""
    if enrolment_tokens.check_token(request.user, token):
        request.session[ENROLMENT] = token
    else:
        messages.error(request, "Länken gäller inte längre, eller är någon annans. Be om en ny.")
    return HttpResponseRedirect(reverse("admin:second_factor"))


@otp_required
def colleague_page(request, object_id):
    """Remove the second factor of a colleague whose phone is lost, or give the link for a first one."""
    users = admin.site.get_model_admin(get_user_model())
    colleague = get_object_or_404(users.get_queryset(request), pk=object_id)
    if not users.has_change_permission(request, colleague) or colleague == request.user:
        raise PermissionDenied
    if not second_factor.is_on(colleague):
        link = ""
        if request.method == "POST":
            link = second_factor.enrolment_link(colleague)
            add_audit_entry(request.user, colleague, "Gav en länk för att sätta på tvåstegsinloggningen.")
        return render_page(request, "give_link", "Tvåstegsinloggning", colleague=colleague, link=link)
    if request.method == "POST":
        second_factor.turn_off(colleague)
        add_audit_entry(request.user, colleague, "Tog bort tvåstegsinloggningen.")
        messages.success(request, f"Tvåstegsinloggningen är borttagen för {colleague}.")
        return HttpResponseRedirect(reverse("admin:auth_user_change", args=[object_id]))
    return render_page(request, "remove", "Ta bort tvåstegsinloggningen", colleague=colleague)


def qr_code(text):
    """Return a QR code as an inline <svg>, black on white: some phones do not read the reverse."""
    import segno  # here: it would take a fiftieth of every start, and few pages need it

    drawing = segno.make(text, micro=False)
    svg = drawing.svg_inline(omitsize=True, light="white", title="QR-kod för appen")
    return mark_safe(svg)  # noqa: S308  segno's own drawing; the text is only in its squares


def spaced(key):
    """ "ABCDEFGH" → "ABCD EFGH", to be typed by hand."""
    return " ".join(key[start : start + 4] for start in range(0, len(key), 4))
