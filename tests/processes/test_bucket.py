"""Backups of a site whose pictures are in object storage."""

import pytest

from tests.helpers.running import in_one_process


def files(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.any_database
def test_a_backup_of_a_bucket_is_restored_on_a_disk_and_back(data_dir, tmp_path, storage_server):
    media, path = data_dir / "media", tmp_path / "backup.tar.gz"
    before = files(media)
    assert before
    there = tmp_path / "there"
    there.mkdir()
    (there / ".env").write_text(f"SECRET_KEY={'k' * 50}\nALLOWED_HOSTS=127.0.0.1\n")
    url = storage_server.new_bucket()
    away = f"import os; os.rename({str(media)!r}, {str(tmp_path / 'away')!r})"
    said = in_one_process(data_dir, ["move_media", "bucket"], away, ["backup", path], S3_URL=url)
    assert f"{len(before)} files" in said.splitlines()[-1]
    in_one_process(there, ["restore", path])
    assert files(there / "media") == before
    another = storage_server.new_bucket()
    back = ["restore", "--replace", "--no-backup", path]
    in_one_process(data_dir, back, ["move_media", "disk"], S3_URL=another)
    assert files(media) == before
