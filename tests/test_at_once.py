"""Saves at the same moment, on a site with two workers: each is made or given back, and none is lost."""

from concurrent.futures import ThreadPoolExecutor

from tests.running import started
from tests.test_kill import NAME, PASSWORD, picture
from tests.test_kill import database as database  # a fixture
from tests.volunteer import Volunteer

COUNT = 8


def test_posts_with_one_title_saved_at_once_are_all_there_or_given_back(database, tmp_path):
    changes = {"DJANGO_SUPERUSER_USERNAME": NAME, "DJANGO_SUPERUSER_PASSWORD": PASSWORD, "WEB_CONCURRENCY": 2}
    if database.url:
        changes["DATABASE_URL"] = database.url
    with started(tmp_path / "var", tmp_path, **changes) as site:
        volunteer = Volunteer(site.url)
        volunteer.log_in(NAME, PASSWORD)
        form = {**volunteer.empty_form(), "title": "Vid samma tid", "image_is_decorative": "on"}

        def save(number):
            return volunteer.send({**form, "body": f"<p>Text {number}.</p>"}, picture(number))

        with ThreadPoolExecutor(COUNT) as together:
            answers = list(together.map(save, range(COUNT)))
        saved = [number for number, (status, _, _) in enumerate(answers) if status == 302]
        for number, (status, _, page) in enumerate(answers):
            if number not in saved:
                assert status != 500
                assert f"Text {number}." in page
        assert saved
        rows = database.rows("SELECT body, slug, image FROM news_post WHERE title = 'Vid samma tid'")
        assert {body for body, _, _ in rows} == {f"<p>Text {number}.</p>" for number in saved}
        assert len({slug for _, slug, _ in rows}) == len({image for _, _, image in rows}) == len(saved)
