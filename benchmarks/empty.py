"""The least that a WSGI application can do: it answers always what ANSWER_OF answered, gzipped."""

import os
import urllib.request

request = urllib.request.Request(os.environ["ANSWER_OF"], headers={"Accept-Encoding": "gzip"})  # noqa: S310  an http address of ours
with urllib.request.urlopen(request) as answer:  # noqa: S310  the same
    body = [answer.read()]
    headers = [
        (name, value) for name, value in answer.headers.items() if name.lower() not in ("connection", "date")
    ]


def application(environ, start_response):
    start_response("200 OK", headers)
    return body
