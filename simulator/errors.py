"""The exceptions engram raises. Each message names the object, the value and the way out."""


class EngramError(Exception):
    """Root of every error that engram raises on purpose."""


class DescriptionError(EngramError, ValueError):
    """A network, a model, a stimulus or a number in it cannot be simulated as written."""


class UnitError(DescriptionError):
    """Two physical dimensions that must agree do not."""


class UnsupportedError(EngramError, NotImplementedError):
    """A backend declines a network before it starts; `reasons` lists why, one line each."""

    def __init__(self, backend: str, reasons: list[str]) -> None:
        self.backend = backend
        self.reasons = list(reasons)
        listing = "\n  - ".join(self.reasons)
        super().__init__(f"backend {backend!r} cannot run this network:\n  - {listing}")

    def __reduce__(self) -> tuple[type, tuple[str, list[str]]]:
        return type(self), (self.backend, self.reasons)


class MissingPackageError(EngramError, ImportError):
    """An optional package is needed and absent; the message names the extra to install."""


class ArchiveError(EngramError, ValueError):
    """A file is not what its name promises, or cannot be written where it was asked for."""
