"""Pictures on the disk: whole and safe before the row that names them is, or not there."""

import os
from contextlib import suppress
from pathlib import Path

from django.core.files.storage import FileSystemStorage
from django.utils.deconstruct import deconstructible


@deconstructible
class DurableStorage(FileSystemStorage):
    """FileSystemStorage that survives a power cut and leaves nothing half written.

    Django writes the file and goes on: the database would keep a row whose picture was still in
    memory. The file and its name are on the disk when save() returns. Raises OSError like
    FileSystemStorage, on a full disk too, but without the beginning of a file.
    """

    def _save(self, name, content):
        path = Path(self.path(name))
        try:
            name = super()._save(name, content)
            path = Path(self.path(name))
            sync(path)
        except OSError:
            with suppress(OSError):
                path.unlink()
            raise
        for folder in path.relative_to(self.location).parents:  # a new folder is a name in the one above
            sync(Path(self.location) / folder)
        return name


def sync(path):
    """Wait until a file's content, or a folder's names, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
