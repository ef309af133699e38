"""Registers users and groups: Django looks for an admin module in this folder."""

from hgf_site.accounts import admin  # noqa: F401
