"""Compares each PDF of a folder with what the site hands out of it, page by page, as pictures.

    .venv/bin/python benchmarks/pdfs.py FOLDER

Names those whose pictures differ or that are refused, then counts and sizes. Needs pdftoppm (poppler-utils).
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
os.environ.setdefault("SECRET_KEY", "for-a-measurement")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hgf_site.settings")

import django  # noqa: E402  after the environment above

django.setup()

from django.core.exceptions import ValidationError  # noqa: E402  after setup()
from django.core.files.base import ContentFile  # noqa: E402  after setup()

from documents.pdf import rewrite  # noqa: E402  after setup()


def say(line):
    sys.stdout.write(line + "\n")


def pages(path):
    """Return the pixels of all pages, at 60 dots an inch."""
    return subprocess.run(["pdftoppm", "-r", "60", path], capture_output=True, check=True).stdout


def main(folder):
    same = before = after = longest = 0
    files = sorted(Path(folder).glob("*.pdf"))
    for file in files:
        began = time.monotonic()
        try:
            clean = rewrite(ContentFile(file.read_bytes(), file.name), file.stem)
        except ValidationError as refusal:
            say(f"refused {file.name}: {refusal.code}")
            continue
        longest = max(longest, time.monotonic() - began)
        with tempfile.NamedTemporaryFile(suffix=".pdf") as copy:
            copy.write(clean.read())
            copy.flush()
            is_same = pages(file) == pages(copy.name)
        same += is_same
        before, after = before + file.stat().st_size, after + clean.size
        if not is_same or not clean.is_readable:
            say(f"{'unreadable' if is_same else 'different'} {file.name}")
    sizes = f"{before / 1e6:.1f} MB before, {after / 1e6:.1f} MB after"
    say(f"{same} of {len(files)} look the same; {sizes}; at most {longest:.1f} s each")


if __name__ == "__main__":
    main(sys.argv[1])
