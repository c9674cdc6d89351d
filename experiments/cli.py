"""The command line. Commands import what they need when they run, so that --help is quick."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .cli_compare import compare, report

app = typer.Typer(
    name="engram", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Simulate neuromorphic memory: one description, the same spikes on every backend.",
    epilog="A first run with a figure:  engram run hippocampal-cam --out run1")

Name = Annotated[str, typer.Argument(
    metavar="NAME", help="A model from `engram list`; a script of yours (.py), which is run and "
    "defines `network` and, if you like, `duration`, `describe(run)` and `weights`; or a saved "
    "network (.h5).", show_default=False)]
Duration = Annotated[str | None, typer.Option(
    help="How long to simulate, such as 100ms or '0.5 s'. The model's own if left out.",
    show_default=False)]
Step = Annotated[str | None, typer.Option(
    help="The time step, such as 0.1ms. The network's own if left out.", show_default=False)]
Seed = Annotated[int, typer.Option(help="Of all random numbers.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]

data = typer.Typer(no_args_is_help=True, help="Data sets: list what is here, fetch one.")
app.add_typer(data, name="data")


def _version(wanted: bool) -> None:
    if wanted:
        from .. import __version__
        print(f"engram {__version__}")
        raise typer.Exit


@app.callback()
def _engram(version: Annotated[bool, typer.Option(
        "--version", callback=_version, is_eager=True, help="Print the version.")] = False) -> None:
    """Options before any command."""


@app.command()
def run(name: Name, backend: Annotated[str, typer.Option(help="Where to run it.")] = "numba",
        seed: Seed = 0, duration: Duration = None, dt: Step = None,
        out: Annotated[Path | None, typer.Option(
            help="A new folder for run.h5, run.json, network.h5 and figures.",
            show_default=False)] = None,
        overwrite: Annotated[bool, typer.Option(
            "--overwrite", help="Replace an earlier run in --out.")] = False,
        precision: Annotated[str, typer.Option(help="float64 or float32.")] = "float64",
        threads: Annotated[int | None, typer.Option(
            help="1 if left out. Results do not depend on it.", show_default=False)] = None,
        no_figure: Annotated[bool, typer.Option("--no-figure", help="Draw no figures.")] = False,
        quiet: Quiet = False, json: Json = False, debug: Debug = False) -> None:
    """Run a network; say what it did, and keep it in --out.

    Ctrl-C stops the run and keeps what was recorded until then (exit code 130).
    """
    from .reporting import reporting
    with reporting(debug):
        from .run_command import Request
        from .run_command import run as do
        raise typer.Exit(do(Request(name, backend, seed, duration, dt, out, overwrite, precision,
                                    threads, quiet, json, not no_figure)))


@app.command()
def verify(name: Name,
           backends: Annotated[str, typer.Option(
               help="Two or more, by commas; each is compared with the first.")
           ] = "reference,numba,brian2",
           require: Annotated[str, typer.Option(
               help="What all must reach: bit-equal, spike-equal, shift-equal (spike-equal after a "
               "shift) or statistically-equal.")] = "spike-equal",
           allow_refused: Annotated[bool, typer.Option(
               "--allow-refused", help="Judge by the backends that can run the network.")] = False,
           seed: Seed = 0, duration: Duration = None, dt: Step = None,
           out: Annotated[Path | None, typer.Option(
               help="A new folder for report.json, report.txt and report.png.",
               show_default=False)] = None,
           overwrite: Annotated[bool, typer.Option(
               "--overwrite", help="Replace an earlier report in --out.")] = False,
           quiet: Quiet = False, json: Json = False, debug: Debug = False) -> None:
    """Run a network on several backends, compare spike by spike, and tell where and why they part.

    The exit code is 1 if any is below what is required, refuses the network, or nothing fires.
    """
    from .reporting import reporting
    with reporting(debug):
        from .verify_command import Request
        from .verify_command import run as do
        names = tuple(b.strip() for b in backends.split(",") if b.strip())
        raise typer.Exit(do(Request(name, names, duration, dt, seed, require, allow_refused, out,
                                    overwrite, quiet, json)))


@app.command()
def reproduce(names: Annotated[list[str] | None, typer.Argument(
                  metavar="NAME...", help="Reproductions; without a name or --all they are "
                  "listed.", show_default=False)] = None,
              every: Annotated[bool, typer.Option("--all", help="Every one.")] = False,
              size: Annotated[str, typer.Option(help="ci (minutes) or full (hours).")] = "ci",
              out: Annotated[Path | None, typer.Option(
                  help="A folder that gets DIR/NAME/record.json and figure.png. An interrupted run "
                  "goes on from there.", show_default=False)] = None,
              quiet: Quiet = False, json: Json = False, debug: Debug = False) -> None:
    """Run what a paper or a theory says; print its figures beside ours, with a verdict.

    The exit code is 1 if any figure is outside its tolerance. Ctrl-C keeps whole parts in --out.
    """
    from .reporting import reporting
    with reporting(debug):
        from .reproduce_command import Request
        from .reproduce_command import run as do
        raise typer.Exit(do(Request(tuple(names or ()), every, size, out, quiet, json)))


@app.command()
def export(name: Name,
           to: Annotated[str, typer.Option(
               help="spinnaker, nest, neuron, brian2, nir or sonata.", show_default=False)],
           out: Annotated[Path, typer.Option(
               help="A new folder for the script or files, their data, and report.md and "
               "report.json.", show_default=False)],
           lossy: Annotated[bool, typer.Option(
               "--lossy", help="Let losses through that have a name; the report lists "
               "them.")] = False,
           repair: Annotated[bool, typer.Option(
               "--repair", help="Mend what can be mended: signs, scales of weights, delays off the "
               "grid; the report says how.")] = False,
           seed: Seed = 0, duration: Duration = None, dt: Step = None,
           overwrite: Annotated[bool, typer.Option(
               "--overwrite", help="Replace an earlier export in --out.")] = False,
           quiet: Quiet = False, json: Json = False, debug: Debug = False) -> None:
    """Write a network for other simulators or hardware, after a check by named rules.

    What stands in the way is listed, and nothing is written.
    """
    from .reporting import reporting
    with reporting(debug):
        from .export_command import Request
        from .export_command import run as do
        raise typer.Exit(do(Request(name, to, out, duration, dt, seed, lossy, repair, overwrite,
                                    quiet, json)))


app.command()(compare)
app.command()(report)


@app.command("list")
def list_(section: Annotated[str | None, typer.Argument(
              metavar="SECTION", help="models, backends, tasks or memories; all if left out.",
              show_default=False)] = None, json: Json = False) -> None:
    """List the models, the backends, and the tasks and memories of `engram compare`."""
    from .list_command import show
    from .reporting import reporting
    with reporting():
        raise typer.Exit(show(json, section))


@app.command()
def doctor(quiet: Quiet = False, json: Json = False) -> None:
    """Tell what is installed, which backends work here, and why others do not.

    The exit code is 1 if the default backend does not work.
    """
    from .doctor import doctor as do
    from .reporting import reporting
    with reporting():
        raise typer.Exit(do(quiet, json))


@data.command("list")
def data_list(folder: Annotated[Path | None, typer.Option(
                  "--from", help="Where to look. ENGRAM_DATA if left out.",
                  show_default=False)] = None, json: Json = False) -> None:
    """List the data sets, and what of them is on this machine."""
    from .data_command import show
    from .reporting import reporting
    with reporting():
        raise typer.Exit(show(folder, json))


@data.command("fetch")
def data_fetch(name: Annotated[str, typer.Argument(
                   metavar="NAME", help="A set from `engram data list`.", show_default=False)],
               to: Annotated[Path, typer.Option(
                   help="The folder that gets DIR/NAME; then ENGRAM_DATA=DIR finds it.",
                   show_default=False)],
               mirror: Annotated[str | None, typer.Option(
                   help="Another server that has the same files.", show_default=False)] = None,
               overwrite: Annotated[bool, typer.Option(
                   "--overwrite", help="Replace an incomplete set in --to.")] = False,
               quiet: Quiet = False, debug: Debug = False) -> None:
    """Fetch a data set and check its sums. It is there whole afterwards, or not at all."""
    from .reporting import reporting
    with reporting(debug):
        from .data_command import get
        raise typer.Exit(get(name, to, mirror, overwrite, quiet))
