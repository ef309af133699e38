"""Finds the English on a page that should be in Swedish."""

import json
import re
from html.parser import HTMLParser

from hgf_site.admin_site.site import TITLE

# Words of English that are no words of Swedish. Not here, since they are both: all, be, by, control, filter,
# in, is, just, log, null, person, popup, region, set, start, status, total, under, version.
WORDS = """
about above account action actions active add added additional address after again allowed already and
another any are as at available before below between both breadcrumbs but can cancel change changed
changes character characters choice choices choose chosen clear click close common confirm confirmation
contain contains content continue correct counts current currently database date day days delete deleted
deleting did digits disabled does down either email empty enabled ensure enter entirely entry error errors
every exist exists field fields file first following for forgotten form from go group groups has have help
hide history hold home if image inactive invalid it its item items last least less letters link list
login logout lookup main match me model month more most must my name never new next no none not note
nothing now number numbers numeric object objects of off old on one only open options or order other out
page password passwords permission permissions personal phone picture please posts previous protected
quality remove required reset result results return role roles run save saved search select selected sent
session short should show sidebar similar site skip some staff string submit submitted success
successfully superuser sure than thanks that the their them theme these they this time to today toggle too
two unknown update upload use user username users valid value values view want was we welcome were whether
which will with without would year years yes yesterday you your
"""
ENGLISH = set(WORDS.split())
ATTRIBUTES = ("alt", "aria-description", "aria-label", "data-name", "label",
              "placeholder", "title")  # fmt: skip


class Reader(HTMLParser):
    """Collects all that a page says: to the eye, to a screen reader, in a hint, on a button."""

    SILENT = {"code", "script", "style", "template"}  # the letters of a random code may make a word

    def __init__(self):
        super().__init__()
        self.said, self.silent = [], 0

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.silent += tag in self.SILENT
        self.said += [attrs[name] for name in ATTRIBUTES if attrs.get(name)]
        self.said += json.loads(attrs.get("data-inline-formset", "{}")).get("options", {}).values()
        if tag == "input" and attrs.get("type") in ("submit", "button", "reset", "image"):
            self.said.append(attrs.get("value", ""))

    def handle_endtag(self, tag):
        self.silent -= tag in self.SILENT

    def handle_data(self, data):
        if not self.silent:
            self.said.append(data)


def english(text):
    """The English in a plain text, as whole sentences, for a message that says what to translate."""
    words = re.findall(
        r"[^\W\d_]+", re.sub(r"\w*\*{3,}", "", text.lower())
    )  # not a masked password's letters
    return [text.strip() for word in words if word in ENGLISH]


def english_on(response):
    """What a page says in English, each with its page; raises nothing, so that a test shows all of it."""
    if "json" in response.get("Content-Type", ""):
        said = [result["text"] for result in response.json().get("results", [])]
    else:
        reader = Reader()
        reader.feed(response.text)
        said = reader.said
        assert TITLE in response.text
    return sorted(
        {f"{response.request['PATH_INFO']}: {sentence}" for text in said for sentence in english(text)}
    )
