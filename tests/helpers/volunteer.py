"""A volunteer at the admin of a running site, over HTTP: logs in, writes, and knows what was acknowledged."""

import http.client
import re
import secrets
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from io import BytesIO
from urllib.parse import urlencode, urlsplit

from PIL import Image

NAME, PASSWORD = "anna", "grannar-i-samma-hus"  # who the site is set up with
ADD_POST = "/admin/news/post/add/"


class Volunteer:
    """Every request is a connection of its own: the one before may have died with the server."""

    def __init__(self, url):
        self.host = urlsplit(url).netloc
        self.cookies = {}

    def ask(self, method, path, body=None, kind="application/x-www-form-urlencoded", timeout=30):
        """Return (status, headers, text) of one answer, read to its end. Raises OSError or HTTPException."""
        connection = http.client.HTTPConnection(self.host, timeout=timeout)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers |= {"Content-Type": kind, "Referer": f"http://{self.host}{path}"}
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        for line in answer.headers.get_all("Set-Cookie", []):
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return answer.status, answer.headers, text

    def log_in(self, name, password):
        _, _, page = self.ask("GET", "/admin/login/")
        fields = {"username": name, "password": password, "csrfmiddlewaretoken": token_of(page)}
        status, _, page = self.ask("POST", "/admin/login/?next=/admin/", urlencode(fields))
        assert status == 302, page

    def empty_form(self, path=ADD_POST):
        """Return {name: value} of a form as a browser would send it untouched."""
        status, _, page = self.ask("GET", path)
        assert status == 200, page
        form = Fields()
        form.feed(page)
        return form.fields

    def send(self, fields, picture=None, path=ADD_POST, button="_draft"):
        """Send a form; return (status, headers, text)."""
        boundary = secrets.token_hex(8)
        parts = []
        for name, value in {**fields, button: "1"}.items():
            parts.append(
                f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            )
        if picture:
            head = f'--{boundary}\r\nContent-Disposition: form-data; name="image"; filename="bild.jpg"\r\n'
            parts.append(f"{head}Content-Type: image/jpeg\r\n\r\n".encode() + picture + b"\r\n")
        body = b"".join(parts) + f"--{boundary}--\r\n".encode()
        return self.ask("POST", path, body, f"multipart/form-data; boundary={boundary}")


def picture(number):
    """Return a JPEG like no other: its colour is the number."""
    content = BytesIO()
    Image.new("RGB", (320, 240), (number % 256, number // 256, 90)).save(content, "JPEG")
    return content.getvalue()


def token_of(page):
    return re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]


class Fields(HTMLParser):
    """Collects the fields of the forms on a page, without buttons, files and unticked boxes."""

    def __init__(self):
        super().__init__()
        self.fields, self.select, self.area = {}, None, None

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        name, kind = given.get("name"), given.get("type", "text")
        if tag == "input" and name and kind not in ("submit", "file", "button", "image"):
            if kind not in ("checkbox", "radio") or "checked" in given:
                self.fields[name] = given.get("value") or ""
        elif tag == "textarea":
            self.area, self.fields[name] = name, ""
        elif tag == "select":
            self.select, self.fields[name] = name, ""
        elif tag == "option" and self.select and "selected" in given:
            self.fields[self.select] = given.get("value", "")

    def handle_endtag(self, tag):
        if tag == "textarea":
            self.area = None
        elif tag == "select":
            self.select = None

    def handle_data(self, text):
        if self.area:
            self.fields[self.area] += text
