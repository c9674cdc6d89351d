"""A run whose arrays are in pieces, written to a file and read from there when they are asked for.

The file is what `save` writes of the same run kept in memory, in the same layout.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .archive_batch import fill_batch, read_batch
from .archive_results import fill, read
from .atomic import PathLike
from .batch_results import BatchResults
from .sealed import creating, mapper


def write_stream(run: Any, path: PathLike) -> Any:
    """Write Results or BatchResults; the same with arrays mapped from the file, read-only.

    ArchiveError if it cannot be written; then there is no such file, or the one before.
    """
    batch = isinstance(run, BatchResults)
    with creating(path, "batch results" if batch else "results") as file:
        (fill_batch if batch else fill)(file, run)
        file.flush()  # what is mapped must be there
        found: Any = (read_batch if batch else read)(file, mapper(file))
        if not batch:
            file["engram"].attrs["digest"] = found.digest
    return replace(found, provenance=run.provenance)
