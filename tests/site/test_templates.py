"""The language of the public pages: what it escapes, and what is kept of its templates."""

import pytest
from django.conf import settings as django_settings
from django.template import engines
from django.template.backends.jinja2 import Jinja2

from hgf_site.pages.jinja import load_templates

FOLDER = django_settings.BASE_DIR / "templates" / "pages"


@pytest.fixture
def fresh(settings, tmp_path, monkeypatch):
    """The engine as a new process makes it, with an empty folder for what is compiled."""
    settings.COMPILED_TEMPLATES = tmp_path / "templates"
    [options] = [one for one in settings.TEMPLATES if one["BACKEND"].endswith("Jinja2")]
    parameters = {"NAME": "jinja2", "APP_DIRS": False, **options}
    del parameters["BACKEND"]

    def make():
        engine = Jinja2(parameters.copy())
        monkeypatch.setitem(engines._engines, "jinja2", engine)
        return engine

    engines.all()  # the others, before one is replaced
    return make


def test_what_a_page_is_given_is_escaped():
    template = engines["jinja2"].from_string("<p title='{{ text }}'>{{ text }}</p>")
    escaped = "&lt;b&gt;&#39;&#34;&amp;"
    assert template.render({"text": "<b>'\"&"}) == f"<p title='{escaped}'>{escaped}</p>"


def test_a_name_that_a_page_does_not_get_leaves_nothing_behind_also_while_debugging(fresh, settings):
    settings.DEBUG = True
    assert fresh().from_string("[{{ nothing }}]").render({}) == "[]"


def test_every_template_compiles_once_and_is_kept_for_the_next_process(fresh, settings, monkeypatch):
    fresh()
    settings.COMPILED_TEMPLATES.mkdir()
    load_templates()
    assert len(list(settings.COMPILED_TEMPLATES.iterdir())) == len(list(FOLDER.rglob("*.html"))) > 20
    engine = fresh()
    monkeypatch.setattr(type(engine.env), "compile", lambda *args, **kwargs: 1 / 0)
    load_templates()


def test_where_nothing_can_be_kept_pages_are_made_all_the_same(fresh, settings):
    assert not settings.COMPILED_TEMPLATES.exists()  # as on a disk without room for it
    assert "<h1>" in fresh().get_template("500.html").render()
