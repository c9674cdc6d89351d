"""PyNN's current sources. A value of time t acts in the step that begins at t."""

from __future__ import annotations

from typing import Any

import numpy as np
from pyNN.parameters import ParameterSpace, Sequence
from pyNN.standardmodels import StandardCurrentSource, build_translations, electrodes

from . import simulator


class CurrentSource(StandardCurrentSource):  # type: ignore[misc]
    """What the four sources share: parameters, targets, recording. `streams`: never at rest."""

    streams = False

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**parameters)
        self._values: dict[str, Any] = {}
        self.targets: list[tuple[Any, int]] = []
        self.number = len(simulator.state.current_sources)
        space = ParameterSpace(self.default_parameters, self.get_schema(), shape=(1,))
        space.update(**parameters)
        self.set_native_parameters(self.translate(space))
        simulator.state.current_sources.append(self)

    def set_native_parameters(self, parameters: Any) -> None:
        """Take parameters; they act from the next step on."""
        parameters.evaluate(simplify=True)
        values = {name: np.asarray(v.value, np.float64) if isinstance(v, Sequence) else v
                  for name, v in parameters.items()}
        self._values = self._checked({**self._values, **values})
        simulator.state.changed()

    def get_native_parameters(self) -> Any:
        """Parameters as a ParameterSpace."""
        return ParameterSpace(dict(self._values))

    def _checked(self, values: dict[str, Any]) -> dict[str, Any]:
        return values

    def inject_into(self, cells: Any) -> None:
        """Inject into a population, view, assembly or list of neurons. TypeError for sources."""
        found = [(cell.parent, cell.parent.id_to_index(cell)) for cell in cells]
        for population, _ in found:
            if not population.celltype.injectable:
                raise TypeError(f"Can't inject current into a spike source: {population.label!r}")
        self.targets += found
        simulator.state.changed()

    def record(self) -> None:
        """Nothing to do: `get_data` works the current out from the parameters."""

    def _get_data(self) -> tuple[Any, Any]:
        """Times (ms) of all steps so far and the end, and the current (nA) at each."""
        steps = np.arange(simulator.state.steps + 1)
        return steps * simulator.state.dt, self.amplitudes_at(steps, simulator.state.dt)

    def _active(self, steps: Any, dt: float) -> Any:
        return (steps >= _step(self._values["start"], dt)) & (
            steps < _step(self._values["stop"], dt))

    def changes(self, dt: float) -> Any:
        """Steps at which the current may change, of a source that does not stream."""
        return np.array([_step(self._values[n], dt) for n in ("start", "stop")])


def _step(time: Any, dt: float) -> Any:
    return np.round(np.minimum(time, 1e15) / dt).astype(np.int64)


def _type(base: Any) -> dict[str, Any]:
    return {"default_parameters": base.default_parameters,
            "translations": build_translations(*((n, n) for n in base.default_parameters))}


class DCSource(CurrentSource):
    """A pulse of `amplitude` (nA) from `start` up to `stop` (ms)."""

    default_parameters, translations = _type(electrodes.DCSource).values()

    def amplitudes_at(self, steps: Any, dt: float) -> Any:
        """Current in nA at each of `steps`."""
        return np.where(self._active(steps, dt), self._values["amplitude"], 0.0)


class StepCurrentSource(CurrentSource):
    """Changes to `amplitudes` (nA) at `times` (ms), which are rounded to steps; 0 before."""

    default_parameters, translations = _type(electrodes.StepCurrentSource).values()

    def _checked(self, values: dict[str, Any]) -> dict[str, Any]:
        times = np.atleast_1d(values.get("times", np.zeros(0)))
        if np.any(times < 0) or np.any(np.diff(times) <= 0):
            raise ValueError(f"StepCurrentSource: times {times.tolist()} must be increasing and "
                             "not negative")
        steps = _step(times, simulator.state.dt)
        last = np.append(np.diff(steps) > 0, True)[:len(steps)]
        amplitudes = np.atleast_1d(values["amplitudes"])
        if len(amplitudes) != len(times):
            raise ValueError(f"StepCurrentSource: {len(times)} times, {len(amplitudes)} "
                             "amplitudes; give one amplitude for each time")
        return {"times": (steps * simulator.state.dt)[last], "amplitudes": amplitudes[last]}

    def amplitudes_at(self, steps: Any, dt: float) -> Any:
        """Current in nA at each of `steps`."""
        at = np.searchsorted(_step(self._values["times"], dt), steps, side="right")
        return np.concatenate([[0.0], self._values["amplitudes"]])[at]

    def changes(self, dt: float) -> Any:
        """Steps at which the current changes."""
        return _step(self._values["times"], dt)


class ACSource(CurrentSource):
    """offset + amplitude sin(2 pi frequency (t - start) + phase) from `start` up to `stop`.

    `frequency` in Hz, `phase` in degrees.
    """

    default_parameters, translations = _type(electrodes.ACSource).values()
    streams = True

    def amplitudes_at(self, steps: Any, dt: float) -> Any:
        """Current in nA at each of `steps`."""
        v = self._values
        turn = 2e-3 * np.pi * v["frequency"] * (steps - _step(v["start"], dt)) * dt
        wave = v["offset"] + v["amplitude"] * np.sin(turn + np.deg2rad(v["phase"]))
        return np.where(self._active(steps, dt), wave, 0.0)


class NoisyCurrentSource(CurrentSource):
    """Gaussian values of `mean` and `stdev` (nA), a new one every `dt` ms, from start to stop.

    The values are keyed by the seed of `setup` and the number of the source.
    """

    default_parameters, translations = _type(electrodes.NoisyCurrentSource).values()
    streams = True

    def amplitudes_at(self, steps: Any, dt: float) -> Any:
        """Current in nA at each of `steps`."""
        v, active = self._values, self._active(steps, dt)
        every = max(1, int(_step(v["dt"], dt)))
        piece = np.where(active, (steps - _step(v["start"], dt)) // every, 0)
        rng = np.random.default_rng([simulator.state.options.seed, 7, self.number])
        noise = rng.standard_normal(int(piece.max(initial=0)) + 1)
        return np.where(active, v["mean"] + v["stdev"] * noise[piece], 0.0)
