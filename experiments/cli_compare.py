"""`engram compare` and `engram report`: their options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


def compare(task: Annotated[str, typer.Option(
                help="A task, or several by commas; a Task of yours is FILE.py:NAME. Without "
                "anything, tasks and memories are listed.", show_default=False)] = "",
            memories: Annotated[str, typer.Option(
                help="Memories by commas, all for every one; a memory of yours is FILE.py:NAME.",
                show_default=False)] = "",
            seeds: Annotated[int, typer.Option(help="How many; the items of a seed are the same "
                                               "for all memories.")] = 5,
            first_seed: Annotated[int, typer.Option(help="The first of them.")] = 0,
            size: Annotated[str, typer.Option(
                help="ci (seconds a memory and seed), std (minutes) or full.")] = "ci",
            backend: Annotated[str, typer.Option(help="Where spiking memories run.")] = "numba",
            workers: Annotated[int, typer.Option(help="Processes, of one thread each.")] = 1,
            equal_bits: Annotated[int | None, typer.Option(
                help="Build every memory as large as this many bits of state allow.",
                show_default=False)] = None,
            domain: Annotated[str | None, typer.Option(
                help="The alphabet of the patterns: real, unit, bipolar, binary or ksparse. What "
                "suits the memory best if left out.", show_default=False)] = None,
            out: Annotated[Path | None, typer.Option(
                help="A folder for the records. What it holds already is not measured again.",
                show_default=False)] = None,
            cluster: Annotated[str | None, typer.Option(
                help="A Dask scheduler, such as tcp://10.0.0.1:8786, instead of processes here.",
                show_default=False)] = None,
            time_limit: Annotated[float | None, typer.Option(
                help="Seconds that one memory may take for one seed: it is ended then, and failed. "
                "If left out 1800 at ci, 43200 at std, inf at full.", show_default=False)] = None,
            quiet: Quiet = False, json: Json = False, debug: Debug = False) -> None:
    """Measure memories on a task, one record a memory and seed.

    The exit code is 1 if a memory failed. Ctrl-C keeps whole records in --out (exit code 130); the
    same command goes on from there.
    """
    from .reporting import reporting
    with reporting(debug):
        from .compare_command import Request
        from .compare_command import run as do
        from .comparison import Asked
        raise typer.Exit(do(Request(
            Asked(_names(task), _names(memories), seeds, first_seed, size, backend, domain,
                  equal_bits), workers, out, cluster, time_limit, quiet, json)))


def _names(typed: str) -> tuple[str, ...]:
    return tuple(n.strip() for n in typed.split(",") if n.strip())


def report(folder: Annotated[Path, typer.Argument(
               metavar="DIR", help="What `engram compare --out` wrote.", show_default=False)],
           out: Annotated[Path | None, typer.Option(
               help="Where the report goes: DIR/report if left out. An earlier report is "
               "replaced.", show_default=False)] = None,
           baseline: Annotated[str | None, typer.Option(
               help="The memory that differences are taken from.", show_default=False)] = None,
           no_page: Annotated[bool, typer.Option(
               "--no-page", help="Make no index.html, which needs Bokeh.")] = False,
           quiet: Quiet = False, json: Json = False, debug: Debug = False) -> None:
    """Tables, figures and a page of what was compared: report.md, long.csv, figures/, index.html.
    """
    from .reporting import reporting
    with reporting(debug):
        from .report_command import Request
        from .report_command import run as do
        raise typer.Exit(do(Request(folder, out, baseline, not no_page, quiet, json)))
