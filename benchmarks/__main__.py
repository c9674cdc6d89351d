"""`python -m benchmarks [cuba] [plastic] [large] [threads] [--repeats N]`: ratios to the peers."""

from __future__ import annotations

import argparse
import importlib
import platform

from . import measure

NETWORKS = ("cuba", "plastic", "large", "threads")


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NETWORKS)}")
    parser.add_argument("--repeats", type=int, default=3, help="pairs of runs (default 3)")
    given = parser.parse_args()
    unknown = set(given.names) - set(NETWORKS)
    if unknown:
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(NETWORKS)}")
    print(f"{platform.machine()}, Python {platform.python_version()}, {given.repeats} pairs; times "
          "vary with the machine, so read the ratios\n")
    print(measure.HEAD)
    for name in given.names or NETWORKS:
        for line in importlib.import_module(f"benchmarks.{name}").main(given.repeats):
            print(line, flush=True)


if __name__ == "__main__":
    main()
