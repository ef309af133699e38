import re
import time
import unicodedata

from django.conf import settings
from django.core.exceptions import DisallowedRedirect
from django.http import HttpResponsePermanentRedirect
from django.middleware.common import CommonMiddleware
from django.utils.encoding import iri_to_uri

from common.page_cache.wsgi import FOREIGN_QUERY
from news.models import MissedAddress, Redirect
from news.paths.old_site import OLD_SCRIPT, feed_for, keys_of, without_script
from news.paths.redirects import is_page, spellings

# Names of files and tokens are as they are, whatever they look like in small letters.
EXACT = ("/admin/", "/kontakt/e-post/", "/kontakt/visitkort/", "/media/", "/static/", "/utkast/")


def plain_spelling(path):
    """Return a path in small letters with single slashes, if that is another and a page of ours."""
    plain = re.sub("/+", "/", unicodedata.normalize("NFC", path).lower())
    return plain if plain != path and not plain.startswith(EXACT) and is_page(plain) else None


def new_address(path, query):
    """Return where an address that is none of ours leads, or None."""
    keys = [path, *keys_of(path, query)]
    target = next(filter(None, map(Redirect.find, keys)), None)
    own = without_script(path)
    if target is None and own in keys and path not in spellings(own) and is_page(own):
        target = f"{own.rstrip('/')}/"
    if "format=feed" in query:
        return feed_for(target)
    plain = plain_spelling(path)
    return target or (f"{plain}?{query}" if plain and query and not FOREIGN_QUERY.search(query) else plain)


class SlashMiddleware(CommonMiddleware):
    """Django's, which leads to the address with a slash: not to that of a draft, where nothing is found."""

    def process_request(self, request):
        is_probe = re.match(settings.PROBES, request.path_info[1:])
        return None if is_probe else super().process_request(request)

    def should_redirect_with_slash(self, request):
        return super().should_redirect_with_slash(request) and is_page(f"{request.path_info}/") is not False


class RedirectMiddleware:
    """Answers with a permanent redirect where nothing is found and the address has moved."""

    def __init__(self, get_response):
        self.get_response, self.noted_at = get_response, 0

    def note(self, path, query):
        """Count an address that is missing, one a second: a list of what is missing, no log."""
        if time.monotonic() - self.noted_at >= 1:
            self.noted_at = time.monotonic()
            MissedAddress.note(path, query)

    def __call__(self, request):
        query = request.META.get("QUERY_STRING", "")
        asks_old_site = bool(FOREIGN_QUERY.search(query))
        path = request.path
        response = None if asks_old_site else self.get_response(request)
        if response and response.status_code != 404:
            return response
        target = new_address(request.path, query)
        if asks_old_site and target is None:
            request.path_info = OLD_SCRIPT  # on "/" the start page would answer, whatever is asked for
        response = response or self.get_response(request)
        if target is None:
            if request.method == "GET" and response.status_code == 404:
                self.note(path, query)
            return response
        try:
            return HttpResponsePermanentRedirect(iri_to_uri(target))
        except (ValueError, DisallowedRedirect):  # a target that got past the form
            return response
