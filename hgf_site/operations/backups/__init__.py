"""A site in one file: what manage.py backup, verify_backup and restore have in common.

archive.py says what the file holds and refuses what is not exactly that; tables.py turns rows into
lines of text and back, on either database; create.py writes a backup, restore.py puts a whole site in the
place of another; files.py says where backups are kept.
"""
