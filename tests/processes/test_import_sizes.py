"""How long a large site takes, and how much memory."""

import subprocess

import pytest

from tests.helpers import joomla
from tests.helpers.running import PYTHON, ROOT, environment

pytestmark = pytest.mark.long
ARTICLES, LETTERS = 2500, 16_000_000
PARAGRAPH = "<p>Hyresgästerna i området har i flera år sagt att husen ska få stå kvar. Nu gör de det.</p>"
MEASURED = """
import resource, sys, time
from django.core.management import execute_from_command_line
began = time.monotonic()
execute_from_command_line(sys.argv)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"{time.monotonic() - began:.1f} s by the clock")
print(f"MEASURED {time.process_time():.1f} {peak:.0f}")
"""


def large_dump(folder, count):
    text = PARAGRAPH * (LETTERS // ARTICLES // len(PARAGRAPH.encode()))
    return joomla.write_dump(folder, *(joomla.article(n + 20, f"Text {n}", text) for n in range(count)))


def measured(data_dir, *arguments):
    """Return (seconds of the processor, MB at most) of a command; prints them."""
    settings = environment(DATA_DIR=data_dir, DJANGO_SETTINGS_MODULE="hgf_site.settings")
    command = [PYTHON, "-c", MEASURED, *arguments]
    result = subprocess.run(
        command, cwd=ROOT, env=settings, capture_output=True, text=True, timeout=900, check=False
    )
    assert result.returncode == 0, result.stderr[-500:]
    seconds, peak = map(float, result.stdout.rpartition("MEASURED ")[2].split())
    print(f"{' '.join(map(str, arguments))}: {seconds:.1f} s of the processor, {peak:.0f} MB")  # noqa: T201
    return seconds, peak


def test_a_look_at_450_articles_takes_five_seconds_at_most(data_dir, tmp_path):
    seconds, _ = measured(data_dir, "import_joomla", large_dump(tmp_path, 450), "--look")
    assert seconds <= 5


def test_2500_articles_of_16_mb_come_in_a_minute_and_200_mb(data_dir, tmp_path):
    path = large_dump(tmp_path, ARTICLES)
    assert path.stat().st_size > 15_000_000
    seconds, peak = measured(data_dir, "import_joomla", path)
    assert seconds <= 60
    assert peak <= 200
