"""Clipboards after public bug reports: what is stored of each, and what is told."""

from pathlib import Path

import pytest
from django.utils.html import escape

from common.richtext.paste import normalize_html

FOLDER = Path(__file__).with_name("clipboard")
NAMES = sorted(path.name for path in FOLDER.iterdir() if path.suffix in (".html", ".txt"))


@pytest.mark.parametrize("name", NAMES)
def test_a_reported_clipboard_says_what_it_said_or_the_loss_is_told(name):
    pasted = (FOLDER / name).read_text(encoding="utf-8")
    expected, _, told = (FOLDER / f"{name}.expected").read_text(encoding="utf-8").partition("<!-- ")
    normalized = normalize_html(pasted if name.endswith(".html") else escape(pasted))
    assert normalized.html == expected.strip()
    assert normalized.removed.sentence(has_picture_field=False) == told.removesuffix(" -->\n")
    assert normalize_html(normalized.html).html == normalized.html
