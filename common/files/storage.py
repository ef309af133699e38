"""Stores pictures durably: a file is on the disk, whole, before the row that names it is committed."""

import os
from contextlib import suppress
from pathlib import Path, PurePosixPath

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

    def files(self):
        """Return the names of all files, but for hidden ones, which are work in progress."""
        root = Path(self.location)
        names = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
        return sorted(
            name.as_posix() for name in names if not any(part.startswith(".") for part in name.parts)
        )

    def is_writable(self):
        """Tell whether a file could be stored; the folder itself is made by the first one."""
        folder = Path(self.location)
        return os.access(folder if folder.exists() else folder.parent, os.W_OK)

    def place(self, name, path):
        """Put the file at `path`, on the same disk, under a name, in place of one that is there."""
        target = Path(self.path(name))
        target.parent.mkdir(parents=True, exist_ok=True)
        path.rename(target)

    def take(self, name, path):
        """Move the file of that name to `path`."""
        Path(self.path(name)).rename(path)


def sync(path):
    """Wait until a file's content, or a folder's names, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def delete_picture(storage, name):
    """Delete a stored picture and its renditions; nothing happens when they are gone already."""
    storage.delete(name)
    delete_folder(storage, PurePosixPath(name).with_suffix(""))


def list_folder(storage, path):
    """Return ([folders], [files]); empty where there is no such folder, which a bucket has none of."""
    try:
        return storage.listdir(str(path))
    except FileNotFoundError:
        return [], []


def delete_folder(storage, path):
    folders, files = list_folder(storage, path)
    for name in files:
        storage.delete(str(path / name))
    for name in folders:
        delete_folder(storage, path / name)
    storage.delete(str(path))
