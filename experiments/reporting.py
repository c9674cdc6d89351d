"""How a command ends badly: one message on stderr and an exit code."""

from __future__ import annotations

import contextlib
import sys
import traceback
from collections.abc import Iterator

from ..simulator.errors import EngramError

BAD_INPUT, INTERRUPTED = 2, 130
"""Exit codes: what was asked for cannot be done; the user pressed Ctrl-C. 1 says a check failed."""


@contextlib.contextmanager
def reporting(debug: bool = False) -> Iterator[None]:
    """Say what an EngramError says, without a traceback unless `debug`, and exit with 2."""
    try:
        yield
    except EngramError as problem:
        if debug:
            traceback.print_exc()
        print(f"error: {problem}", file=sys.stderr)
        raise SystemExit(BAD_INPUT) from None
    except KeyboardInterrupt:
        print("interrupted; nothing was kept", file=sys.stderr)
        raise SystemExit(INTERRUPTED) from None
