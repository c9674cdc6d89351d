"""setup, run, reset, end."""

from __future__ import annotations

from typing import Any

from pyNN import common
from pyNN.common.control import DEFAULT_MAX_DELAY, DEFAULT_MIN_DELAY, DEFAULT_TIMESTEP
from pyNN.recording import get_io

from ...simulator.errors import DescriptionError
from . import simulator
from .dialect import ignored

TIMINGS = ("engram", "nest")
DIALECTS = ("auto", "pynn", "spinnaker")


def setup(timestep: float = DEFAULT_TIMESTEP, min_delay: Any = DEFAULT_MIN_DELAY, *,
          max_delay: Any = DEFAULT_MAX_DELAY, backend: str = "numba", seed: int = 0,
          timing: str = "engram", dialect: str = "auto", threads: int | None = None,
          precision: str = "float64", **extra_params: Any) -> int:
    """Begin a new network. Times in ms; `backend`, `threads`, `precision` as in engram.compile.

    `timing`: "engram" (a spike of step k acts in step k + delay, as on SpiNNaker) or "nest" (one
    step later wherever a neuron's own spike is passed on, and spikes are labelled at the end of
    their step). `dialect`: "pynn", or "spinnaker": IF_curr_exp takes the board's steps, and A_plus
    of the additive pair rule is a change of the weight itself, as boards were recorded to do, not
    relative to w_max; "auto" is "spinnaker" on that backend and for scripts that use words only
    sPyNNaker has. `seed` keys random sources.
    """
    from ..simulation import BACKENDS
    if backend not in BACKENDS:
        raise DescriptionError(f"setup(backend={backend!r}): there is no such backend; there are "
                               f"{', '.join(BACKENDS)}")
    for what, value, known in (("timing", timing, TIMINGS),
                               ("dialect", dialect, DIALECTS)):
        if value not in known:
            raise DescriptionError(f"setup({what}={value!r}): there are {', '.join(known)}")
    common.setup(timestep, min_delay, max_delay=max_delay, **extra_params)
    ignored("setup option", extra_params, "setup")
    simulator.state.clear(simulator.Options(backend, seed, timing, dialect, threads, precision))
    simulator.state.dt = float(timestep)
    simulator.state.min_delay, simulator.state.max_delay = min_delay, max_delay
    return rank()


def end(compatible_output: bool = True) -> None:
    """Write what was recorded with `to_file`."""
    for population, variables, filename in simulator.state.write_on_end:
        population.write_data(get_io(filename), variables)
    simulator.state.write_on_end = []


run, run_until = common.build_run(simulator)
run_for = run
reset = common.build_reset(simulator)
initialize = common.initialize
(get_current_time, get_time_step, get_min_delay, get_max_delay, num_processes,
 rank) = common.build_state_queries(simulator)
