from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.utils.functional import cached_property
from whitenoise.middleware import WhiteNoiseMiddleware


class ContentPolicyMiddleware(CSPMiddleware):
    """CSPMiddleware that writes the policy of pages that ask for none of their own once, not twice a page."""

    @cached_property
    def usual(self):
        return build_policy()

    def process_response(self, request, response):
        if settings.DEBUG or any(name.startswith("_csp") for name in vars(response)):
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, self.usual)
        return response


class PolicyHeadersMiddleware:
    """Adds the headers that Django has no setting for, to files too.

    Server, because the web server would otherwise write its own name there.
    """

    def __init__(self, get_response):
        self.get_response = get_response
        self.headers = {
            "Permissions-Policy": settings.PERMISSIONS_POLICY,
            "Cross-Origin-Resource-Policy": settings.CROSS_ORIGIN_RESOURCE_POLICY,
            "Server": "hgf",
        }

    def __call__(self, request):
        response = self.get_response(request)
        for name, value in self.headers.items():
            response.headers.setdefault(name, value)
        return response


class StaticFilesMiddleware(WhiteNoiseMiddleware):
    """WhiteNoise that looks at a static file when it is first asked for, not at all of them at every start.

    There are thousands, nearly all of them CKEditor's: more work than all else that a worker does to start.
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
    """The editor brings pages of its own, examples too: none may run a script or stand in a frame."""
    if headers["Content-Type"].startswith("text/html"):
        headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
        headers["X-Frame-Options"] = "DENY"
