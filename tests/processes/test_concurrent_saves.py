"""Saves at the same moment, on a site with two workers: each is made, under an address of its own."""

from concurrent.futures import ThreadPoolExecutor

from tests.helpers.postgres import rows_in
from tests.helpers.running import started
from tests.helpers.volunteer import NAME, PASSWORD, Volunteer, picture

COUNT = 8


def test_posts_with_one_title_saved_at_once_are_all_there(data_dir, new_database, tmp_path):
    with started(data_dir, tmp_path, WEB_CONCURRENCY=2) as site:
        volunteer = Volunteer(site.url)
        volunteer.log_in(NAME, PASSWORD)
        form = {**volunteer.empty_form(), "title": "Vid samma tid", "image_is_decorative": "on"}

        def save(number):
            return volunteer.send({**form, "body": f"<p>Text {number}.</p>"}, picture(number))

        with ThreadPoolExecutor(COUNT) as together:
            answers = list(together.map(save, range(COUNT)))
        assert [status for status, _, _ in answers] == [302] * COUNT
        rows = rows_in(new_database, "SELECT body, slug, image FROM news_post WHERE title = 'Vid samma tid'")
        assert {body for body, _, _ in rows} == {f"<p>Text {number}.</p>" for number in range(COUNT)}
        assert len({slug for _, slug, _ in rows}) == len({image for _, _, image in rows}) == COUNT
