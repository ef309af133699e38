""" "Glömt lösenord", where the site can send e-mail: Django's own pages, and a limit on the letters."""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import views
from django.urls import path

from contacts.limits import seconds_to_wait


class NamedLikeTheAdmin:
    """Mixes in the site's name, which Django's pages have only where the admin shows them."""

    def get_context_data(self, **kwargs):
        context = {**admin.site.each_context(self.request), **super().get_context_data(**kwargs)}
        return {**context, "is_nav_sidebar_enabled": False}  # nobody is logged in: it would say so


class ResetView(NamedLikeTheAdmin, views.PasswordResetView):
    """Sends the link to every account with the address; says the same whether there is one or not."""

    email_template_name = "admin/password_reset_email.txt"
    subject_template_name = "admin/password_reset_subject.txt"

    def form_valid(self, form):
        if seconds_to_wait(self.request.META.get("REMOTE_ADDR", ""), settings.RESET_LIMITS, "losenord"):
            form.add_error("email", "Det har begärts för många brev. Vänta en stund och försök igen.")
            return self.form_invalid(form)
        self.extra_email_context = {
            "link_start": settings.SITE_URL,
            "host": urlsplit(settings.SITE_URL).hostname,
        }
        return super().form_valid(form)


class DoneView(NamedLikeTheAdmin, views.PasswordResetDoneView):
    pass


class ConfirmView(NamedLikeTheAdmin, views.PasswordResetConfirmView):
    pass


class CompleteView(NamedLikeTheAdmin, views.PasswordResetCompleteView):
    pass


# These names are Django's: its pages lead to each other by them, and the login page to the first.
urlpatterns = [
    path("", ResetView.as_view(), name="admin_password_reset"),
    path("skickat/", DoneView.as_view(), name="password_reset_done"),
    path("<uidb64>/<token>/", ConfirmView.as_view(), name="password_reset_confirm"),
    path("klart/", CompleteView.as_view(), name="password_reset_complete"),
]
