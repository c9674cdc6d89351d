"""`python -m engram` and the `engram` command."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line on sys.argv; exits with its code."""
    from .experiments.cli import app
    try:
        try:
            app(prog_name="engram")
        finally:
            sys.stdout.flush()
    except BrokenPipeError:  # `engram list | head -1`: the reader has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


if __name__ == "__main__":
    main()
