import re
from itertools import groupby

from csp.decorators import csp_exempt
from django.http import FileResponse, Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.utils.decorators import method_decorator
from django.utils.http import content_disposition_header
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import DetailView, ListView

from contacts.views import AnswerView
from documents.models import Document


class DocumentListView(ListView):
    """Current documents by kind, the newest first."""

    template_name = "documents/document_list.html"
    query_parameters = ()

    def get_queryset(self):
        return Document.objects.current().order_by("kind", "-day", "-id").defer("text")

    def get_context_data(self, **kwargs):
        by_kind = {kind: list(rows) for kind, rows in groupby(self.object_list, lambda one: one.kind)}
        sections = [(kind.label, by_kind[kind]) for kind in Document.Kind if kind in by_kind]
        return super().get_context_data(sections=sections, **kwargs)


class DocumentView(DetailView):
    template_name = "documents/document.html"
    context_object_name = "document"
    query_parameters = ()

    def get_queryset(self):
        return Document.objects.published().defer("text")


# With a policy, Chrome and Safari show no PDF. The other is of AnswerView, whose dispatch is overridden here.
@method_decorator([csp_exempt(), csrf_exempt], name="dispatch")
class FileView(AnswerView):
    """The file. One that holds an e-mail address is given only to a POST, counted like an address."""

    def dispatch(self, request, *args, **kwargs):
        self.document = get_object_or_404(Document.objects.published().defer("text"), slug=kwargs["slug"])
        if not self.document.file.storage.exists(self.document.file.name):
            raise Http404("The file is gone")
        if self.document.is_protected:
            return super().dispatch(request, *args, **kwargs)
        return (
            self.http_method_not_allowed(request) if request.method == "POST" else self.public_file(request)
        )

    def get(self, request, slug):
        return HttpResponseRedirect(self.document.get_absolute_url())

    def post(self, request, slug):
        return self.refuse_or_count(request) or whole(self.document)

    def public_file(self, request):
        etag = f'"{self.document.file.name.rpartition("/")[2]}"'  # every version has a name of its own
        response = get_conditional_response(request, etag=etag)
        if response is None:
            response = part_of(self.document, request.headers.get("Range", "")) or whole(self.document)
        response.headers["ETag"] = etag
        response.headers["Cache-Control"] = "public, no-cache"
        return response


def headers_of(document):
    """Return the headers by which a browser shows the file, under the document's title when it is saved."""
    shown_as = content_disposition_header(False, f"{document.title}.pdf")
    return {"Content-Disposition": shown_as, "Accept-Ranges": "bytes"}


def whole(document):
    response = FileResponse(document.file.open("rb"), content_type="application/pdf")
    for name, value in headers_of(document).items():  # over the file's own name
        response.headers[name] = value
    return response


def part_of(document, header):
    """Return the answer to a Range header that asks for one range of bytes (RFC 9110, 14.2), else None."""
    unit, _, wanted = header.partition("=")
    first, _, last = wanted.partition("-")
    if unit != "bytes" or not re.fullmatch("[0-9]{0,15}-[0-9]{0,15}", wanted) or wanted == "-":
        return None
    start = int(first) if first else max(document.size - int(last), 0)
    end = min(int(last), document.size - 1) if first and last else document.size - 1
    if start > end:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{document.size}"})
    with document.file.open("rb") as file:
        file.seek(start)
        content = file.read(end - start + 1)
    headers = {**headers_of(document), "Content-Range": f"bytes {start}-{end}/{document.size}"}
    return HttpResponse(content, status=206, content_type="application/pdf", headers=headers)
