"""A news site as Wagtail's own tutorial makes it, with the content of texts.py."""
