"""Data sets: strict readers, what is missing is said, fetching from a server of our own."""

from __future__ import annotations

import gzip
import hashlib
import struct
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from engram.experiments.cli import app
from engram.experiments.data import (
    SETS,
    MissingDataError,
    digits,
    fashion_mnist,
    fetch,
    mnist,
    nmnist,
    read_events,
)
from engram.experiments.data.catalogue import FILES
from engram.experiments.data.idx import read_images, read_labels
from engram.simulator.errors import ArchiveError, DescriptionError

PIXELS = np.arange(3 * 4 * 5, dtype=np.uint8).reshape(3, 4, 5)
LABELS = np.array([7, 0, 9], np.uint8)


def idx(array: np.ndarray) -> bytes:
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def put(folder: Path, parts: tuple[str, ...] = ("train", "test"), packed: bool = True) -> None:
    folder.mkdir(parents=True)
    for part in parts:
        for name, array in zip(FILES[part], (PIXELS, LABELS), strict=True):
            data = idx(array)
            (folder / (name + ".gz" * packed)).write_bytes(gzip.compress(data) if packed else data)


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ENGRAM_DATA", raising=False)


def test_digits_are_those_of_scikit_learn() -> None:
    found = digits()
    assert found.pixels.shape == (1797, 8, 8)
    assert np.bincount(found.labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert found.flat().max() == 1.0


@pytest.mark.parametrize(("layout", "packed"), [
    ("mnist", True), ("mnist", False), ("MNIST/raw", True)])
def test_files_are_found_packed_or_not(tmp_path: Path, layout: str, packed: bool,
                                       monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / layout, packed=packed)
    monkeypatch.setenv("ENGRAM_DATA", str(tmp_path))
    found = mnist()
    assert found.note == ""
    assert found.train is not None
    np.testing.assert_array_equal(found.train.pixels, PIXELS)
    np.testing.assert_array_equal(found.train.labels, LABELS)
    np.testing.assert_allclose(found.train.flat()[1, 3], 23 / 255, rtol=1e-6)  # float32


def test_a_part_that_is_missing_is_said(tmp_path: Path) -> None:
    put(tmp_path / "fashion-mnist", ("test",))
    found = fashion_mnist(tmp_path)
    assert found.train is None
    assert found.test is not None
    assert len(found.test) == 3
    assert found.note == "fashion-mnist: the training images are not here"


def test_what_is_missing_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="engram data fetch mnist --to DIR"):
        mnist()
    with pytest.raises(MissingDataError, match=r"mnist is not in .*looked for mnist, MNIST/raw"):
        mnist(tmp_path)
    with pytest.raises(MissingDataError, match=r"garrickorchard.*unpack Train and Test into DIR"):
        nmnist(tmp_path)
    (tmp_path / "mnist").mkdir()
    with pytest.raises(MissingDataError, match="holds neither training nor test images"):
        mnist(tmp_path)
    (tmp_path / "n-mnist").mkdir()
    with pytest.raises(MissingDataError, match="holds no Train/0"):
        nmnist(tmp_path)


PACKED = gzip.compress(idx(PIXELS), mtime=0)  # without the time of packing: the same in each run


@pytest.mark.parametrize(("data", "says"), [
    pytest.param(b"", "begins with nothing", id="empty"),
    pytest.param(idx(LABELS), "begins with 00000801", id="labels"),
    pytest.param(idx(PIXELS)[:9], "ends inside its header", id="header"),
    pytest.param(idx(PIXELS)[:-1], "announces 3 x 4 x 5 bytes and holds 59", id="short"),
    pytest.param(idx(PIXELS) + b"0", "and holds 61", id="long"),
    pytest.param(struct.pack(">BBBB3I", 0, 0, 8, 3, 2**32 - 1, 2**32 - 1, 2**32 - 1),
                 "and holds 0", id="announced"),
    pytest.param(PACKED[:-4], "cannot be read", id="cut"),
    pytest.param(PACKED.replace(PACKED[12:20], b"damaged!"), "cannot be read", id="damaged")])
def test_files_that_are_not_idx_are_refused(tmp_path: Path, data: bytes, says: str) -> None:
    (tmp_path / "file").write_bytes(data)
    with pytest.raises(ArchiveError, match=says):
        read_images(tmp_path / "file")


def test_images_and_labels_must_belong_together(tmp_path: Path) -> None:
    put(tmp_path / "mnist", packed=False)
    labels = tmp_path / "mnist" / FILES["test"][1]
    labels.write_bytes(idx(LABELS[:2]))
    with pytest.raises(ArchiveError, match="3 images and 2 labels"):
        mnist(tmp_path)
    labels.write_bytes(idx(np.array([1, 2, 10], np.uint8)))
    assert read_labels(labels).tolist() == [1, 2, 10]
    with pytest.raises(ArchiveError, match="label 10 where there are 10 classes"):
        mnist(tmp_path)


# -- events -----------------------------------------------------------------------------------
def event(x: int, y: int, on: int, t: int) -> bytes:
    return bytes([x, y, on << 7 | t >> 16, t >> 8 & 255, t & 255])


def test_events_are_read_with_their_overflows(tmp_path: Path) -> None:
    path = tmp_path / "n-mnist" / "Train" / "3" / "00001.bin"
    path.parent.mkdir(parents=True)
    path.write_bytes(event(33, 0, 1, 70_000) + event(5, 33, 0, 70_001) + event(0, 240, 0, 0)
                     + event(6, 7, 1, 65_000))
    found = nmnist(tmp_path)
    assert found.note == "n-mnist: no test files here"
    (events, label), = found.read("train")
    assert label == 3
    assert events.t.tolist() == [70_000, 70_001, 65_000 + 8192]
    assert events.x.tolist() == [33, 5, 6]
    assert events.y.tolist() == [0, 33, 7]
    assert events.on.tolist() == [True, False, True]


@pytest.mark.parametrize(("data", "says"), [
    (event(1, 1, 0, 5)[:4], "4 bytes, not five an event"),
    (event(1, 1, 0, 5) + event(34, 1, 0, 6), r"event 1 is at \(34, 1\)"),
    (event(1, 1, 0, 5) + event(2, 1, 0, 4), "event 1 is at 4 us, before")])
def test_files_that_are_not_events_are_refused(tmp_path: Path, data: bytes, says: str) -> None:
    (tmp_path / "a.bin").write_bytes(data)
    with pytest.raises(ArchiveError, match=says):
        read_events(tmp_path / "a.bin")


# -- fetching ---------------------------------------------------------------------------------
class Silent(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serves tiny files in the place of MNIST's, whose sums are then the known ones."""
    put(tmp_path / "there")
    sums = {p.name: hashlib.md5(p.read_bytes()).hexdigest()
            for p in (tmp_path / "there").iterdir()}
    monkeypatch.setitem(SETS, "mnist", replace(SETS["mnist"], md5=sums))
    one = ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=tmp_path / "there"))
    thread = threading.Thread(target=one.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{one.server_port}"
    one.shutdown()
    one.server_close()
    thread.join()


def test_a_set_is_fetched_checked_and_found(server: str, tmp_path: Path) -> None:
    to = tmp_path / "here"
    done = CliRunner().invoke(app, ["data", "fetch", "mnist", "--to", str(to), "--mirror", server])
    assert done.exit_code == 0, done.stderr
    assert f"export ENGRAM_DATA={to}" in done.stdout
    assert len(mnist(to).test or ()) == 3
    assert fetch("mnist", to, "http://127.0.0.1:9") == to / "mnist"  # whole already: nobody asked
    said = CliRunner().invoke(app, ["data", "list", "--from", str(to)]).stdout
    assert "3 train, 3 test" in said
    (to / "mnist" / "t10k-images-idx3-ubyte.gz").write_bytes(b"damaged")
    with pytest.raises(ArchiveError, match="holds files already"):
        fetch("mnist", to, server)
    assert fetch("mnist", to, server, overwrite=True)
    assert len(mnist(to).test or ()) == 3


def test_a_file_with_another_sum_leaves_nothing(server: str, tmp_path: Path) -> None:
    (tmp_path / "there" / "t10k-labels-idx1-ubyte.gz").write_bytes(b"other")
    with pytest.raises(ArchiveError, match="has the MD5 sum 795f3202b17cb6bc3d4b771d8c6c9eaf"):
        fetch("mnist", tmp_path / "here", server)
    (tmp_path / "there" / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(MissingDataError, match=r"did not answer \(HTTP Error 404"):
        fetch("mnist", tmp_path / "here", server)
    assert list((tmp_path / "here").iterdir()) == []


@pytest.mark.parametrize(("name", "mirror", "kind", "says"), [
    ("cifar", None, DescriptionError, "there are digits, mnist"),
    ("digits", None, MissingDataError, "needs no fetching"),
    ("n-mnist", None, MissingDataError, "no address that lasts; get it from"),
    ("mnist", "file:///etc", DescriptionError, "it begins with http"),
    ("mnist", "http://127.0.0.1:9", MissingDataError, "did not answer")])
def test_what_cannot_be_fetched_is_said(name: str, mirror: str | None, kind: type, says: str,
                                        tmp_path: Path) -> None:
    with pytest.raises(kind, match=says):
        fetch(name, tmp_path / "here", mirror)
    assert not (tmp_path / "here" / "mnist").exists()
