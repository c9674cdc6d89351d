"""Data sets: strict readers, what is missing is said, fetching from a server of our own."""

from __future__ import annotations

import gzip
import hashlib
import json
import struct
import sys
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
from engram.experiments.data.nmnist import files_of
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


def test_digits_without_scikit_learn_are_not_called_damaged(
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    said = CliRunner().invoke(app, ["data", "list", "--json"]).stdout
    assert json.loads(said)["sets"]["digits"] == {
        "what": SETS["digits"].what, "here": "no", "get": "pip install scikit-learn"}


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


def test_an_address_in_capitals_and_a_path_with_spaces(server: str, tmp_path: Path) -> None:
    to = tmp_path / "my data"
    done = CliRunner().invoke(app, ["data", "fetch", "mnist", "--to", str(to), "--mirror",
                                    server.replace("http", "HTTP")])
    assert f"export ENGRAM_DATA='{to}'" in done.stdout, done.stderr
    assert mnist(to).note == ""


def test_an_incomplete_set_is_replaced_whichever_file_it_lacks(server: str, tmp_path: Path) -> None:
    fetch("mnist", tmp_path, server)
    (tmp_path / "mnist" / "train-images-idx3-ubyte.gz").unlink()
    assert mnist(tmp_path).note == (
        "mnist: the training images are not here (no train-images-idx3-ubyte)")
    assert fetch("mnist", tmp_path, server, overwrite=True)
    assert mnist(tmp_path).note == ""


def test_a_transfer_that_breaks_off_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    class Breaks(Silent):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"0" * 60)

    one = ThreadingHTTPServer(("127.0.0.1", 0), Breaks)
    thread = threading.Thread(target=one.serve_forever, args=(0.01,))
    thread.start()
    try:
        with pytest.raises(MissingDataError, match="broke off 40 bytes before its end"):
            fetch("mnist", tmp_path, f"http://127.0.0.1:{one.server_port}")
    finally:
        one.shutdown()
        one.server_close()
        thread.join()
    assert list(tmp_path.iterdir()) == []


# -- places -----------------------------------------------------------------------------------
@pytest.fixture
def forbidden(monkeypatch: pytest.MonkeyPatch) -> Path:
    """A path whose files and folders may not be looked at; by name, since root may read all."""
    place, stat = Path("/forbidden"), Path.stat

    def refuse(self: Path, **how: bool) -> object:
        if place in (self, *self.parents):
            raise PermissionError(13, "Permission denied", str(self))
        return stat(self, **how)

    monkeypatch.setattr(Path, "stat", refuse)
    monkeypatch.setattr(Path, "iterdir", refuse)
    return place


def test_a_folder_that_may_not_be_read_is_named(forbidden: Path, tmp_path: Path) -> None:
    for read in (mnist, fashion_mnist, nmnist):
        with pytest.raises(ArchiveError, match=r"/forbidden.* cannot be read \(Permission denied"):
            read(forbidden)
    with pytest.raises(ArchiveError, match=r"/forbidden/0 cannot be read"):
        files_of(forbidden)
    said = CliRunner().invoke(app, ["data", "list", "--json", "--from", str(tmp_path)])
    assert json.loads(said.stdout)["sets"]["mnist"]["here"] == "no"
    with pytest.raises(ArchiveError, match=r"forbidden.* cannot be read"):
        fetch("mnist", forbidden)


def test_a_target_that_cannot_be_listed_is_named(tmp_path: Path,
                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path) -> object:
        raise PermissionError(13, "Permission denied", str(self))

    put(tmp_path / "mnist")
    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(ArchiveError, match=r"--to .* cannot be looked into \(Permission denied"):
        fetch("mnist", tmp_path)


def test_a_home_of_nobody_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENGRAM_DATA", "~nobody-of-that-name/data")
    with pytest.raises(MissingDataError, match="name of no user"):
        mnist()
    with pytest.raises(MissingDataError, match=r"--to '~nobody-of-that-name/data'"):
        fetch("mnist", "~nobody-of-that-name/data")


def test_an_empty_folder_does_not_hide_a_full_one(tmp_path: Path) -> None:
    (tmp_path / "mnist").mkdir()
    put(tmp_path / "MNIST" / "raw")
    assert mnist(tmp_path).note == ""
    said = CliRunner().invoke(app, ["data", "list", "--from", str(tmp_path / "gone")]).stdout
    assert "gone, which is no folder" in said


def test_what_is_mixed_up_names_its_files(tmp_path: Path) -> None:
    put(tmp_path / "mnist", packed=False)
    images, labels = (tmp_path / "mnist" / name for name in FILES["train"])
    labels.write_bytes(idx(LABELS[:2]))
    with pytest.raises(ArchiveError, match=r"train-images.* and train-labels.*: 3 images and 2"):
        mnist(tmp_path)
    images.write_bytes(idx(PIXELS[:0]))
    with pytest.raises(ArchiveError, match=r"train-images.* holds nothing: 0 x 4 x 5"):
        mnist(tmp_path)


def test_events_of_a_part_that_is_not_here(tmp_path: Path) -> None:
    path = tmp_path / "n-mnist" / "Test" / "3" / "00001.bin"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"")
    found = nmnist(tmp_path)
    with pytest.raises(MissingDataError, match="no 'train' files here, but test"):
        found.read("train")
    with pytest.raises(ArchiveError, match="holds 0 bytes"):
        list(found.read("test"))
