"""Files appear whole or not at all."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

import engram as eg
from engram.simulator import atomic, sealed
from engram.simulator.archive import check_writable


def save(path, text="old"):
    with sealed.creating(path, "test") as file:
        sealed.put_json(file, "text", text)


def load(path):
    with sealed.opening(path) as file:
        return sealed.get_json(file, "text")


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "saved.h5"
    save(path)
    return path


def test_check_writable_leaves_no_trace(tmp_path):
    check_writable(tmp_path / "run.h5")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(("name", "words"), [
    ("", ["is a folder", "run.h5"]), ("no/such/run.h5", ["no folder", "create it"]),
    ("file/run.h5", ["no folder"])])
def test_where_nothing_can_be_written(tmp_path, name, words):
    (tmp_path / "file").write_text("x")
    for attempt in (check_writable, save):
        with pytest.raises(eg.ArchiveError) as problem:
            attempt(tmp_path / name)
        assert all(word in str(problem.value) for word in [str(tmp_path / name), *words])


def test_a_folder_one_may_not_write_to(tmp_path, monkeypatch):
    def forbid(*args):
        raise PermissionError(13, "Permission denied")
    monkeypatch.setattr(atomic.os, "open", forbid)  # the tests may run as root, who may do all
    with pytest.raises(eg.ArchiveError, match=r"Permission denied.*choose a folder"):
        check_writable(tmp_path / "run.h5")


def test_devices_are_not_replaced():
    with pytest.raises(eg.ArchiveError, match="not an ordinary file"):
        check_writable(os.devnull)


def test_a_failed_write_leaves_the_old_file(saved, monkeypatch):
    before = saved.read_bytes()
    for name in ("replace", "fsync"):
        with monkeypatch.context() as patch:
            def full(*args):
                raise OSError(28, "No space left on device")
            patch.setattr(atomic.os, name, full)
            with pytest.raises(eg.ArchiveError, match="No space left"):
                save(saved, "new")
    with pytest.raises(ZeroDivisionError), sealed.creating(saved, "test") as file:
        file["x"] = 1 / 0
    assert saved.read_bytes() == before
    assert os.listdir(saved.parent) == [saved.name]


def test_a_link_goes_on_pointing(tmp_path, saved):
    link = tmp_path / "link.h5"
    link.symlink_to(saved)
    save(link, "new")
    assert link.is_symlink()
    assert load(saved) == "new"


def test_others_may_read_what_the_umask_allows(saved):
    plain = saved.parent / "plain"
    plain.write_text("x")
    assert saved.stat().st_mode == plain.stat().st_mode


ENDLESS = """
import sys, numpy as np
from engram.simulator import sealed
while True:
    with sealed.creating(sys.argv[1], "test") as file:
        for n in range(40):
            sealed.put_array(file, str(n), np.full(50_000, n))
"""


def test_a_killed_process_leaves_a_readable_file_or_none(tmp_path):
    path = tmp_path / "killed.h5"
    for wait in (0.0, 0.03, 0.07):
        process = subprocess.Popen([sys.executable, "-c", ENDLESS, path], cwd=tmp_path)
        while not path.exists():
            time.sleep(0.005)
            assert process.poll() is None
        time.sleep(wait)  # now in the midst of the second, third, ... copy
        process.send_signal(signal.SIGKILL)
        process.wait()
        with sealed.opening(path) as file:
            assert len(file) == 40
        path.unlink()
    shutil.rmtree(tmp_path)


FULL = """
import resource, sys, numpy as np
from engram.simulator import sealed
from engram.simulator.errors import ArchiveError
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
try:
    with sealed.creating(sys.argv[1], "test") as file:
        for n in range(40):
            sealed.put_array(file, str(n), np.full(50_000, n))
except ArchiveError as problem:
    print("refused:", problem)
"""


def test_a_full_disk_is_an_archive_error(tmp_path):
    done = subprocess.run([sys.executable, "-c", FULL, tmp_path / "big.h5"], cwd=tmp_path,
                          capture_output=True, text=True, timeout=60, check=True)
    assert "refused:" in done.stdout
    assert "big.h5" in done.stdout
    assert os.listdir(tmp_path) == []
