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
        target = Redirect.find(request.path) if response.status_code == 404 else None
        if target is None:
            return response
        try:
            return HttpResponsePermanentRedirect(iri_to_uri(target))
        except (ValueError, DisallowedRedirect):  # a target that got past the form
            return response
