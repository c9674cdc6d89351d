"""How often Willshaw's matrix recalls without a false one.

Were synapses independent, a cue of k ones would meet (n - l) p1^k false ones, p1 the share that is
on. They are not: outputs used in many pairs err more, and so do cues whose inputs are. Over outputs
the false ones are averaged; over cues their number is taken as log-normal, with the variance that
comes from how often k inputs are used.
"""

from __future__ import annotations

import math

import numpy as np


def without_false_ones(units: int, ones: int, shown: int, pairs: int) -> float:
    """The chance that a cue of `shown` right ones recalls no false one, of `units` inputs and as
    many outputs, after `pairs` pairs of `ones` each."""
    if shown < 1:
        return 0.0
    false, spread = false_ones(units, ones, shown, pairs)
    if false == 0.0:
        return 1.0
    z = np.linspace(-6.0, 6.0, 241)
    weight = np.exp(-0.5 * z**2)
    met = false * np.exp(math.sqrt(spread) * z - 0.5 * spread)
    return float(weight @ np.exp(-met) / weight.sum())


def false_ones(units: int, ones: int, shown: int, pairs: int) -> tuple[float, float]:
    """Their mean number, (n - l) E_r (1 - q^r)^k with r binomial and q = 1 - l / n; and the
    variance of its logarithm over cues."""
    from scipy.special import gammaln
    others, share = pairs - 1, ones / units
    q, r = 1.0 - share, np.arange(others + 1)
    chance = np.exp(gammaln(others + 1) - gammaln(r + 1) - gammaln(others - r + 1)
                    + r * math.log(share) + (others - r) * math.log1p(-share))
    mean = (units - ones) * float(chance @ (-np.expm1(r * math.log(q))) ** shown)
    once, twice = ((1.0 - share * (1.0 - x)) ** others for x in (q, q * q))
    reach, square = 1.0 - once, 1.0 - 2.0 * once + twice  # of an input, and its square
    return mean, shown * math.log(square / reach**2) if reach > 0.0 else 0.0
