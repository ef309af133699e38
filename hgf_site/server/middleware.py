import re

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpResponsePermanentRedirect
from django.http.request import split_domain_port, validate_host
from django.utils.encoding import iri_to_uri
from django.utils.functional import cached_property
from whitenoise.middleware import WhiteNoiseMiddleware

from contacts.areas import Area
from news.paths.middleware import new_address
from news.paths.redirects import is_page
from news.paths.slugs import cached_reverse

# Trusted Types: the script of the public pages makes elements and text, never HTML. Django's in the admin do.
NO_HTML_FROM_SCRIPTS = "require-trusted-types-for 'script'"


class ContentPolicyMiddleware(CSPMiddleware):
    """CSPMiddleware that builds the policy of pages without one of their own once a process."""

    @cached_property
    def usual(self):
        # build_policy() has another order in each process; to the leak check all answers would have changed.
        return "; ".join(sorted(build_policy().split("; ")))

    @cached_property
    def without_html_from_scripts(self):
        return f"{self.usual}; {NO_HTML_FROM_SCRIPTS}"

    def process_response(self, request, response):
        if settings.DEBUG or any(name.startswith("_csp") for name in vars(response)):
            return super().process_response(request, response)
        in_admin = request.path_info.startswith(cached_reverse("admin:index"))
        response.headers.setdefault(HEADER, self.usual if in_admin else self.without_html_from_scripts)
        return response


class FormerHostsMiddleware:
    """Leads who comes by a name of an old site to the same path of this one, for good.

    By one that was an area's to the page of that area, unless that path is known here.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if re.match(settings.PROBES, request.path_info[1:]):
            return self.get_response(request)
        host, _ = split_domain_port(request.headers.get("Host", ""))
        is_former, area = host in settings.FORMER_HOSTS, None
        if is_former or not validate_host(host, settings.ALLOWED_HOSTS):  # no name of this site
            area = host and Area.of_former_host(host)
        if not area and not is_former:
            return self.get_response(request)
        target = address_here(request) or area.get_absolute_url() if area else request.get_full_path()
        target = f"{settings.SITE_URL}{target}" if target.startswith("/") else target
        return HttpResponsePermanentRedirect(iri_to_uri(target))


def address_here(request):
    """Return where an address of an old site is found here; None of its start page, and where nothing is."""
    is_same = request.path != "/" and is_page(request.path)
    moved_to = new_address(request.path, request.META.get("QUERY_STRING", ""))
    return moved_to or (request.get_full_path() if is_same else None)


class PolicyHeadersMiddleware:
    """Adds the headers that Django has no setting for, to files too.

    Server, because the web server would otherwise write its own name there. Cache-Control where no view has
    said it: whoever is logged in gets nothing that a cache may store, and what is not found may come to be
    there (a browser would keep a permanent redirect for ever).
    """

    BRIEFLY = "public, max-age=0, s-maxage=1"
    NOT_HERE = {301, 302, 308, 404, 410}

    def __init__(self, get_response):
        self.get_response = get_response
        self.headers = {
            "Permissions-Policy": settings.PERMISSIONS_POLICY,
            "Cross-Origin-Resource-Policy": settings.CROSS_ORIGIN_RESOURCE_POLICY,
            "Server": "hgf",
        }
        self.ends_hsts = settings.HTTPS and not settings.HSTS_SECONDS

    def __call__(self, request):
        response = self.get_response(request)
        for name, value in self.headers.items():
            response.headers.setdefault(name, value)
        if settings.SESSION_COOKIE_NAME in request.COOKIES or "Authorization" in request.headers:
            response.headers.setdefault("Cache-Control", "private, no-store")
        elif response.status_code in self.NOT_HERE:
            response.headers.setdefault("Cache-Control", self.BRIEFLY)
        if self.ends_hsts and request.is_secure():  # Django sends nothing then, and browsers remember a year
            response.headers["Strict-Transport-Security"] = "max-age=0"
        return response


class StaticFilesMiddleware(WhiteNoiseMiddleware):
    """WhiteNoise that reads about a static file at its first request, not about all of them at every start.

    There are thousands, nearly all of them CKEditor's: that would be most of the work of starting a worker.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.add_headers_function = restrict_html

    def update_files_dictionary(self, root, prefix):
        self.directories.append((root, prefix))

    def __call__(self, request):
        path = request.path_info
        if path.startswith(self.static_prefix) and path not in self.files:
            file = self.find_file(path)
            if file is not None:
                self.files[path] = file
        return super().__call__(request)


def restrict_html(headers, path, url):
    """Let no HTML file among CKEditor's, examples too, run a script or be shown in a frame."""
    if headers["Content-Type"].startswith("text/html"):
        headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
        headers["X-Frame-Options"] = "DENY"
