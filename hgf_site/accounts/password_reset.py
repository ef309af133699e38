""" "Glömt lösenord", where the site can send e-mail: Django's own pages, and a limit on the letters."""

import logging
import time
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import views
from django.http import HttpResponseRedirect
from django.urls import path, reverse_lazy

from contacts.rate_limits import limit_rules, take

logger = logging.getLogger(__name__)


class AdminContextMixin:
    """Gives Django's pages, which stand outside the admin, the admin's header and title."""

    def get_context_data(self, **kwargs):
        context = {**admin.site.each_context(self.request), **super().get_context_data(**kwargs)}
        return {**context, "is_nav_sidebar_enabled": False}  # nobody is logged in: it would say so


class ResetView(AdminContextMixin, views.PasswordResetView):
    """Sends the link to every account with the address.

    Says the same whether there is one or not, and as fast: accounts are looked for after the answer.
    """

    email_template_name = "admin/password_reset_email.txt"
    subject_template_name = "admin/password_reset_subject.txt"

    def form_valid(self, form):
        now, address = time.time(), self.request.META.get("REMOTE_ADDR", "")
        own, shared = limit_rules("losenord", address, settings.RESET_LIMITS, now)
        if take(own, now):  # of the shared ones nothing is told: letters to nobody do not fill them
            form.add_error("email", "Det har begärts för många brev. Vänta en stund och försök igen.")
            return self.form_invalid(form)
        return RedirectThenWork(self.get_success_url(), lambda: self.send(form, shared))

    def send(self, form, shared):
        """Send the letters, and count only what is sent by the rules that the clients share."""
        if any(form.get_users(form.cleaned_data["email"])) and not take(shared, time.time()):
            form.save(
                email_template_name=self.email_template_name,
                subject_template_name=self.subject_template_name,
                domain_override=urlsplit(settings.SITE_URL).hostname,
                extra_email_context={"link_start": settings.SITE_URL},
            )


class RedirectThenWork(HttpResponseRedirect):
    """A redirect that does some work once the server has sent it, which is when it calls close()."""

    def __init__(self, url, work):
        super().__init__(url)
        self.work = work

    def close(self):
        try:
            self.work()
        except Exception:
            logger.exception("The work after an answer failed")
        super().close()


class DoneView(AdminContextMixin, views.PasswordResetDoneView):
    pass


class ConfirmView(AdminContextMixin, views.PasswordResetConfirmView):
    """Saves the new password and logs in with it, to the second factor where there is one.

    So a letter opens the way in from a new network while robots guess at the account (lockout.py).
    """

    post_reset_login = True
    post_reset_login_backend = settings.AUTHENTICATION_BACKENDS[-1]
    success_url = reverse_lazy("admin:index")


# These names are Django's: its pages lead to each other by them, and the login page to the first.
urlpatterns = [
    path("", ResetView.as_view(), name="admin_password_reset"),
    path("skickat/", DoneView.as_view(), name="password_reset_done"),
    path("<uidb64>/<token>/", ConfirmView.as_view(), name="password_reset_confirm"),
]
