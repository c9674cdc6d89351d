"""What to say of a name that is not known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def meant(name: str, names: Iterable[str], cutoff: float = 0.6) -> str:
    """A sentence: the names that are close ("did you mean ...?"), or all there are."""
    known = list(names)
    close = difflib.get_close_matches(name, known, n=3, cutoff=cutoff)
    return f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(known)}."
