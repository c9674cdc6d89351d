"""What is known of T12: how fast the signal of a linear memory decays, and what is then recalled.

Families: `linear`, `linear-decay` (with its decay g), `delta` (with its rate b, and a decay).
"""

from __future__ import annotations

import math

import numpy as np

from ..memories.entry import Entry
from .own import decay_and_rate
from .task import At

Metrics = dict[str, float]


def theory(entry: Entry, at: At) -> Metrics:
    """Signal and recall, the mean over the point's ages; nothing for other families, for positions
    and for rehearsal."""
    if "age" not in at or entry.family not in ("linear", "linear-decay", "delta"):
        return {}
    ages = np.arange(float(at["youngest"]), float(at["oldest"]) + 1.0)
    d, (decay, rate) = float(at["units"]), decay_and_rate(entry)
    if entry.family == "delta" and at["domain"] != "ksparse":
        return {"signal": float((rate * (decay * (1.0 - rate / d)) ** ages).mean())}
    if entry.family != "delta" and at["domain"] in ("unit", "bipolar"):
        some = ages[:: max(1, len(ages) // 5)]
        recall = [recall_of_age(age, decay, d, int(at["patterns"])) for age in some]
        return {"signal": float((decay**ages).mean()), "recall": float(np.mean(recall))}
    return {}


def recall_of_age(age: float, decay: float, d: float, items: int) -> float:
    """The chance that the value of that age is above every other, as independent normal numbers.

    Its signal is g^a; each other item adds g^(its age) times the cosine of two random keys.
    """
    from scipy.special import log_ndtr
    gains = decay ** (2.0 * np.delete(np.arange(items), min(round(age), items - 1)))
    signal, noise = decay**age, gains.sum() / d**2
    others = np.sqrt((signal**2 + gains) / d + noise)
    z = np.linspace(-8.0, 8.0, 201)
    weight = np.exp(-0.5 * z**2)
    above = np.exp(log_ndtr((signal + math.sqrt(noise) * z)[:, None] / others).sum(1))
    return float(weight @ above / weight.sum())
