"""The data sets that are known: where they come from, and a function that reads each."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ...simulator.atomic import PathLike
from ...simulator.errors import ArchiveError, MissingPackageError
from .folder import MissingDataError, find, is_there
from .idx import read_images, read_labels
from .images import Images, ImageSet
from .nmnist import EventSet, files_of

FILES = {"train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
         "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")}


@dataclass(frozen=True)
class Source:
    """A set, what it is, the folders it may lie in, and for each file to fetch its MD5 sum."""

    name: str
    what: str
    layouts: tuple[str, ...] = ()
    mirror: str = ""
    md5: dict[str, str] = field(default_factory=dict)
    home: str = ""

    @property
    def way_out(self) -> str:
        """How to get it."""
        if self.mirror:
            return f"`engram data fetch {self.name} --to DIR` fetches it"
        return f"get it from {self.home} and unpack Train and Test into DIR/{self.layouts[0]}"


SETS = {source.name: source for source in (
    Source("digits", "1,797 digits of 8 x 8 pixels; come with scikit-learn"),
    Source("mnist", "60,000 + 10,000 digits of 28 x 28 pixels", ("mnist", "MNIST/raw", "MNIST"),
           "https://ossci-datasets.s3.amazonaws.com/mnist/", {
               "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
               "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
               "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
               "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c"}),
    Source("fashion-mnist", "60,000 + 10,000 pieces of clothing of 28 x 28 pixels",
           ("fashion-mnist", "FashionMNIST/raw", "FashionMNIST"),
           "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/", {
               "train-images-idx3-ubyte.gz": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
               "train-labels-idx1-ubyte.gz": "25c81989df183df01b3e8a0aad5dffbe",
               "t10k-images-idx3-ubyte.gz": "bef4ecab320f06d8554ea6380940ec79",
               "t10k-labels-idx1-ubyte.gz": "bb300cfdad3c16e7a12a480ee83cd310"}),
    Source("n-mnist", "MNIST seen by a moving event camera, 34 x 34 pixels",
           ("n-mnist", "N-MNIST", "NMNIST", "nmnist"),
           home="https://www.garrickorchard.com/datasets/n-mnist"))}


def digits() -> Images:
    """The 1,797 handwritten digits that come with scikit-learn."""
    try:
        from sklearn.datasets import load_digits
    except ImportError as problem:
        raise MissingPackageError("the digits come with scikit-learn: pip install scikit-learn "
                                  f"({problem})") from problem
    x, y = load_digits(return_X_y=True)
    return Images(x.reshape(-1, 8, 8).astype(np.uint8), y.astype(np.uint8), 16)


def mnist(folder: PathLike | None = None) -> ImageSet:
    """MNIST from `folder` or ENGRAM_DATA; a part may be missing, which `note` says."""
    return _idx_set(SETS["mnist"], folder)


def fashion_mnist(folder: PathLike | None = None) -> ImageSet:
    """Fashion-MNIST from `folder` or ENGRAM_DATA; a part may be missing, which `note` says."""
    return _idx_set(SETS["fashion-mnist"], folder)


def nmnist(folder: PathLike | None = None) -> EventSet:
    """N-MNIST from `folder` or ENGRAM_DATA; a part may be missing, which `note` says."""
    source = SETS["n-mnist"]
    places = find(source.name, source.layouts, folder, source.way_out)
    for place in places:
        files = {part.lower(): files_of(place / part) for part in ("Train", "Test")}
        if any(files.values()):
            return EventSet(source.name, files)
    raise MissingDataError(f"{source.name}: {_holds(places)} no Train/0 ... 9 or Test/0 ... 9 "
                           f"with .bin files; {source.way_out}")


def _idx_set(source: Source, folder: PathLike | None) -> ImageSet:
    places = find(source.name, source.layouts, folder, source.way_out)
    for place in places:
        paths = {part: _paths(place, *names) for part, names in FILES.items()}
        found = {part: _part(*two) for part, two in paths.items()}
        if any(images is not None for images in found.values()):
            lacks = tuple(name for part, two in paths.items() if any(two)
                          for name, path in zip(FILES[part], two, strict=True) if path is None)
            return ImageSet(source.name, found["train"], found["test"], lacks)
    raise MissingDataError(f"{source.name}: {_holds(places)} neither training nor test images "
                           f"with their labels; {source.way_out}")


def _holds(places: list[Path]) -> str:
    return f"{' or '.join(map(str, places))} holds"


def _paths(place: Path, *names: str) -> list[Path | None]:
    return [next((p for p in (place / f"{name}.gz", place / name) if is_there(p)), None)
            for name in names]


def _part(images: Path | None, labels: Path | None) -> Images | None:
    if images is None or labels is None:
        return None
    try:
        return Images(read_images(images), read_labels(labels))
    except ArchiveError as problem:
        if str(images) in str(problem) or str(labels) in str(problem):
            raise
        raise ArchiveError(f"{images} and {labels.name}: {problem}") from None
