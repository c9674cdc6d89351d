"""Multitasking networks: amplitudes of several patterns recalled at once, by dilution and T."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from ...models.hebbian import multitask as model
from ...models.hebbian import patterns as pt
from .drawing import SERIES, bars, dress, mark, panels
from .record import Row, near
from .reproduction import Measured, Reproduction

CRITICAL = {3: 0.6180, 4: 0.5437, 5: 0.5188, 6: 0.5087, 10: 0.5005}
COLD = {0.2: (0.795, 0.167, 0.026), 0.4: (0.598, 0.248, 0.093), 0.5: (0.503, 0.261, 0.107)}
"""Amplitudes at T = 0 of one network of N = 4000 that was simulated elsewhere; K = 3."""

WARM = {(2, 0.2, 0.1): (0.8, 0.1532), (2, 0.2, 0.5): (0.766, 0.0), (2, 0.2, 0.8): (0.5683, 0.0),
        (2, 0.2, 0.95): (0.3036, 0.0), (2, 0.4, 0.1): (0.6, 0.2398), (2, 0.4, 0.5): (0.5745, 0.0),
        (2, 0.6, 0.5): (0.3297, 0.2588), (2, 0.8, 0.5): (0.1695, 0.1695),
        (2, 0.8, 0.8): (0.1192, 0.1192), (2, 0.8, 0.95): (0.061, 0.061),
        (3, 0.8, 0.5): (0.152, 0.152, 0.152), (3, 0.6, 0.1): (0.3678, 0.2714, 0.1762)}
"""(K, d, T / (1 - d)): amplitudes by exact enumeration."""

SPINS = {"ci": 16_000, "full": 100_000}
NETWORKS = {"ci": 4, "full": 20}
ENTROPIES = (0.25, 1.0, 4.0)
QUALITY, ALONG = 0.1, (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


def parts(size: str) -> Any:
    """A part each of cold, warm and taught; temperatures along the figure's lines."""
    spins, networks = SPINS[size], NETWORKS[size]
    out = {f"cold d={d}": partial(cold, d, spins, networks) for d in (*COLD, 0.8)}
    for k, d, t in WARM:
        out[f"warm K={k} d={d} T={t}"] = partial(warm, k, d, t, spins, networks)
    for d in (0.2, 0.8):
        out[f"along d={d}"] = partial(along, d, spins, 3)
    return out | {f"examples rho={rho}": partial(accuracy, rho, spins) for rho in ENTROPIES}


def cold(dilution: float, spins: int, networks: int) -> Any:
    """Mean amplitudes at T = 0, K = 3, from the hierarchical state, and their standard errors.

    Beyond the critical dilution that state is left along the unstable direction.
    """
    found = []
    for seed in range(networks):
        x = pt.random_signs(spins, 3, seed, dilution)
        state = model.relax(x, model.hierarchical_state(x, seed), 0.0)
        found.append(pt.overlap(x, state[:, None]))
    return _summary(found)


def warm(number: int, dilution: float, temperature: float, spins: int, networks: int) -> Any:
    """Mean amplitudes at `temperature` in units of 1 - d, over 10 states of each network."""
    absolute, found = temperature * (1.0 - dilution), []
    for seed in range(networks):
        x = pt.random_signs(spins, number, seed, dilution)
        state = model.relax(x, model.hierarchical_state(x, seed), absolute, 200, seed)
        seen = []
        for k in range(10):
            state = model.relax(x, state, absolute, 10, seed, first=200 + 10 * k)
            seen.append(pt.overlap(x, state[:, None]))
        found.append(np.mean(seen, axis=0))
    return _summary(found)


def along(dilution: float, spins: int, networks: int) -> Any:
    """Amplitudes of two patterns over temperature."""
    return [warm(2, dilution, t, spins, networks) for t in ALONG]


def accuracy(rho: float, spins: int) -> Any:
    """Share of an archetype's spins right after one step, taught with a teacher and without."""
    number = round((1 - QUALITY**2) / (rho * QUALITY**2)) | 1  # odd: no field is 0
    x = pt.random_signs(spins, 1, 5, 0.2)
    shown = pt.examples(x, number, QUALITY, 6)[:, 0, :]
    on = x[:, 0] != 0
    begin = np.where(on, x[:, 0], 1)
    from ...kernels import pbody_numba
    out = []
    for factors, each in ((shown.mean(axis=1, keepdims=True), 1.0), (shown, 1.0 / number)):
        state = begin.astype(np.int8)
        pbody_numba.sweep_reals(factors.astype(float), np.full(factors.shape[1], each), state, 2,
                                1.0 / spins, float("inf"), 0, 0, 0, 1, True)
        out.append(float((state == x[:, 0])[on].mean()))
    return [*out, int(on.sum())]


def _summary(found: list[Any]) -> Any:
    error = np.std(found, axis=0, ddof=1) / np.sqrt(len(found))
    return [np.mean(found, axis=0).tolist(), error.tolist()]


def judge(measured: Measured) -> list[Row]:
    """Theory first; then simulations within 3 standard errors and what N leaves."""
    rows = [near(f"critical dilution, K={k}", model.critical_dilution(k), d, 6e-5, "theory")
            for k, d in CRITICAL.items()]
    for d in (*COLD, 0.8):
        theory = model.hierarchical(d, 3) if model.stable(d, 3) else model.three_beyond(d)
        rows += _amplitudes(f"T=0 K=3 d={d}", measured[f"cold d={d}"], theory, "theory")
        if d in COLD:  # one network of 4000: 3 s.d. of an amplitude, sqrt(d' (1 - d') / 4000)
            rows += [near(f"m{k + 1} at T=0 K=3 d={d}", measured[f"cold d={d}"][0][k], value,
                          3 * 0.5 / 4000**0.5, "independent simulation")
                     for k, value in enumerate(COLD[d])]
    for (k, d, t), expected in WARM.items():
        exact = model.amplitudes(d, k, t * (1 - d))
        rows += [near(f"m{n + 1} of theory, K={k} d={d} T={t}", exact[n], value, 6e-5, "exact")
                 for n, value in enumerate(expected)]
        rows += _amplitudes(f"K={k} d={d} T={t}", measured[f"warm K={k} d={d} T={t}"], exact,
                            "exact")
    for rho in ENTROPIES:
        taught, alone, sites = measured[f"examples rho={rho}"]
        share = model.sign_accuracy(rho)
        for name, got in (("teacher", taught), ("no teacher", alone)):
            rows.append(near(f"signs right, {name}, rho={rho}", got, share,
                             3 * (share * (1 - share) / sites) ** 0.5 + 0.003, "theory"))
    return rows


def _amplitudes(at: str, found: Any, theory: Any, source: str) -> list[Row]:
    """A vanishing amplitude is of order 1 / sqrt(N) at finite N, hence 0.02 beside the errors."""
    mean, error = found
    return [near(f"m{n + 1}, {at}", mean[n], float(value), 3 * error[n] + 0.02, source)
            for n, value in enumerate(theory)]


def draw(measured: Measured) -> Any:
    """Amplitudes over temperature at weak and strong dilution; at T = 0 over dilution."""
    axes = panels(10.5, 3.2, 3)
    grid = [k / 50 for k in range(2, 52)]
    for ax, d in zip(axes[0], (0.2, 0.8), strict=False):
        lines = np.array([model.amplitudes(d, 2, t * (1 - d)) for t in grid])
        points = measured[f"along d={d}"]
        for n in range(2):
            ax.plot(grid, lines[:, n], color=SERIES[n], linestyle="-" if n == 0 else "--",
                    label=f"m{n + 1}, exact")
            bars(ax, ALONG, [p[0][n] for p in points], [p[1][n] for p in points], SERIES[n],
                 f"m{n + 1}, Glauber")
        dress(ax, f"two patterns, dilution {d}", "temperature / (1 - d)", "amplitude")
    ax = axes[0, 2]
    dilutions = np.linspace(0.02, 0.98, 97)
    both = [model.hierarchical(d, 3) if model.stable(d, 3) else model.three_beyond(d)
            for d in dilutions]
    for n in range(3):
        ax.plot(dilutions, [m[n] for m in both], color=SERIES[n], label=f"m{n + 1}, theory")
        found = [measured[f"cold d={d}"] for d in (*COLD, 0.8)]
        bars(ax, [*COLD, 0.8], [f[0][n] for f in found], [f[1][n] for f in found], SERIES[n])
    mark(ax, model.critical_dilution(3), "critical")
    dress(ax, "three patterns, T = 0", "dilution d", "amplitude")
    return axes


REPRODUCTION = Reproduction(
    "multitasking", "multitasking Hebbian network of diluted patterns",
    "arXiv 2308.04106 (Agliari, Barra and others): model; figures derived and enumerated",
    "several patterns are recalled at once: hierarchically at weak dilution, alike at strong "
    "dilution and T > 0", parts, judge, draw)
