"""Django's sessions in the database, for keys that one can have."""

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore


class SessionStore(DatabaseSessionStore):
    def _validate_session_key(self, key):
        """A made-up cookie (with a NUL, which PostgreSQL refuses) is nobody's session, not an error."""
        return super()._validate_session_key(key) and key.isascii() and key.isalnum()
