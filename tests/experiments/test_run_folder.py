"""A folder of results is there whole or not at all."""

from __future__ import annotations

import pytest

from engram.experiments.run_folder import MARK, new_folder
from engram.simulator.errors import ArchiveError


def names(folder):
    return sorted(p.name for p in folder.iterdir())


def write(folder, text, then=None):
    (folder / MARK).write_text(text)
    if then is not None:
        raise then


def test_it_appears_at_the_end_and_nothing_else_stays(tmp_path):
    with new_folder(tmp_path / "deep" / "run1") as folder:
        write(folder, "one")
        assert not (tmp_path / "deep" / "run1").exists()
    assert names(tmp_path / "deep") == ["run1"]
    assert (tmp_path / "deep" / "run1" / MARK).read_text() == "one"


def test_a_failure_leaves_nothing(tmp_path):
    with pytest.raises(ZeroDivisionError), new_folder(tmp_path / "run1") as folder:
        write(folder, "half", then=ZeroDivisionError())
    assert names(tmp_path) == []


def test_a_full_disk_is_an_error_of_ours_and_keeps_the_old_run(tmp_path):
    with new_folder(tmp_path / "run1") as folder:
        write(folder, "old")
    with pytest.raises(ArchiveError, match="No space left"), \
            new_folder(tmp_path / "run1", overwrite=True) as folder:
        write(folder, "new", then=OSError(28, "No space left on device"))
    assert names(tmp_path) == ["run1"]
    assert (tmp_path / "run1" / MARK).read_text() == "old"


def test_an_empty_folder_is_taken(tmp_path):
    (tmp_path / "run1").mkdir()
    with new_folder(tmp_path / "run1") as folder:
        write(folder, "one")
    assert names(tmp_path / "run1") == [MARK]


def test_an_earlier_run_is_replaced_only_when_told(tmp_path):
    with new_folder(tmp_path / "run1") as folder:
        write(folder, "old")
        (folder / "extra").touch()
    with pytest.raises(ArchiveError, match="--overwrite"), new_folder(tmp_path / "run1"):
        pass
    assert names(tmp_path / "run1") == ["extra", MARK]
    with new_folder(tmp_path / "run1", overwrite=True) as folder:
        write(folder, "new")
    assert names(tmp_path / "run1") == [MARK]
    assert names(tmp_path) == ["run1"]


def test_somebody_elses_files_are_never_removed(tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1").write_text("years of work")
    with pytest.raises(ArchiveError, match="no earlier run"), \
            new_folder(tmp_path / "thesis", overwrite=True):
        pass
    assert (tmp_path / "thesis" / "chapter1").read_text() == "years of work"


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "note").touch()
    for path, says in ((tmp_path / "note", "is a file"), (tmp_path / "note" / "in", "may write")):
        with pytest.raises(ArchiveError, match=says), new_folder(path):
            pass
