"""What the form of a post costs a phone, counted: a request takes a fifth of a second, 20 kB a tenth."""

import re
from gzip import compress
from pathlib import Path

import pytest
from django.contrib.staticfiles.finders import find
from django.urls import reverse

from common.richtext.static_files import JOINED

pytestmark = pytest.mark.any_database


def test_the_form_of_a_post_is_few_files_and_scripts_that_do_not_hold_it_up(as_superuser):
    url = reverse("admin:news_post_add")
    page = as_superuser.get(url).text
    names = set(re.findall('(?:src|href)="/static/([^"]+)"', page))
    parts = [part for name in names for part in JOINED.get(name, [name])]
    assert len(names) <= 15, names
    assert len(parts) == len(set(parts)), "a file comes twice"
    assert sum(len(compress(Path(find(part)).read_bytes())) for part in parts) < 335_000
    assert len(as_superuser.get(url, headers={"Accept-Encoding": "gzip"}).content) < 12_000

    scripts = re.findall("<script[^>]*>", page)
    at_once = [script for script in scripts if "defer" not in script and "module" not in script]
    assert len(at_once) == 1, at_once  # light or dark, before anything is seen
