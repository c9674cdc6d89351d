"""The exceptions engram raises. Each message names the object, the value and the way out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

READABLE = 1500
"""Characters of a message; of a longer one the middle is left out."""


class EngramError(Exception):
    """Root of every error that engram raises on purpose."""

    def __init__(self, message: str = "") -> None:
        if len(message) > READABLE:
            message = f"{message[:READABLE // 2]} [...] {message[-READABLE // 3:]}"
        super().__init__(message)


class DescriptionError(EngramError, ValueError):
    """A network, a model, a stimulus or a number in it cannot be simulated as written."""


class UnitError(DescriptionError):
    """Two physical dimensions that must agree do not."""


class UnsupportedError(EngramError, NotImplementedError):
    """A backend declines a network before it starts; `reasons` lists why, one line each.

    `sentence` says what cannot be done where that is not running the network.
    """

    def __init__(self, backend: str, reasons: list[str], sentence: str = "") -> None:
        self.backend = backend
        self.reasons = list(reasons)
        self.sentence = sentence or f"backend {backend!r} cannot run this network"
        super().__init__("\n  - ".join([f"{self.sentence}:", *self.reasons]))

    def __reduce__(self) -> tuple[type, tuple[str, list[str], str]]:
        return type(self), (self.backend, self.reasons, self.sentence)


class MissingPackageError(EngramError, ImportError):
    """An optional package is needed and absent; the message names the extra to install."""


class ArchiveError(EngramError, ValueError):
    """A file is not what its name promises, or cannot be written where it was asked for."""


@contextmanager
def naming(what: str) -> Iterator[None]:
    """Put the name of an object before a DescriptionError that does not begin with it."""
    try:
        yield
    except DescriptionError as problem:
        if str(problem).startswith(what):
            raise
        raise type(problem)(f"{what}: {problem}") from None
