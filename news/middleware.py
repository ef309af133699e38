from django.core.exceptions import DisallowedRedirect
from django.http import HttpResponsePermanentRedirect
from django.utils.encoding import iri_to_uri

from news.models import Redirect


class RedirectMiddleware:
    """Answers with a permanent redirect where nothing is found and the address has moved."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if response.status_code != 404 or "\0" in request.path:  # PostgreSQL refuses NUL in a text
            return response
        moved = Redirect.objects.filter(old_path=request.path).first()
        if moved is None:
            return response
        try:
            return HttpResponsePermanentRedirect(iri_to_uri(moved.target))
        except (ValueError, DisallowedRedirect):  # a target that got past the form
            return response
