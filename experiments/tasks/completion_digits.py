"""T1 on images: digits of 8 x 8 pixels in black and white, completed from one half.

The lower half of each image is hidden, as in the half-masked retrieval of Millidge et al. 2022
(arXiv:2202.04557): in `bipolar` its pixels are 0, in `binary` off. `success` allows an overlap of
0.95 of the signs; `same` asks that no pixel is wrong. Images are alike, random patterns are not.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...models.memory import CannotDo, Domain, Need
from .counted import built_for
from .cues import Cue
from .measures import SUCCESS, cosines, largest_held
from .pictures import PIXELS, black_and_white
from .task import At, Curve, Point, Setting, Task, domain_for

DOMAINS: tuple[Domain, ...] = ("bipolar", "binary")
SIZES: dict[str, dict[str, Any]] = {
    "ci": {"images": (2, 5, 10, 20, 50, 100), "repeats": 5},
    "std": {"images": (2, 5, 10, 20, 50, 100, 200, 500), "repeats": 20},
    "full": {"images": (2, 5, 10, 20, 50, 100, 200, 500, 1000), "repeats": 50},
}


def run(setting: Setting) -> list[Point]:
    """A point for each number of images."""
    domain = domain_for(setting, DOMAINS)
    if not setting.entry.auto:
        raise CannotDo(f"{setting.entry.name} does not complete patterns; it has keys and values "
                       "of their own")
    wanted = SIZES[setting.size]
    needs = [Need(PIXELS, PIXELS, domain, number, auto=True, queries=number,
                  noise=Cue(hidden=0.5).noise(domain),
                  state_bits=setting.state_bits, backend=setting.backend, seed=setting.seed)
             for number in wanted["images"]]
    points = []
    for need, memory in built_for(setting, needs):
        overlaps = []
        for repeat in range(wanted["repeats"]):
            rng = setting.rng("T1 digits", need.items, repeat)
            memory.restart(rng)
            images = black_and_white(rng, need.items, domain)
            memory.write(images, images)
            cues = images.copy()
            cues[:, PIXELS // 2:] = 0.0
            found = memory.read(cues).values
            overlaps.append(cosines(found > 0.0, images > 0.0) if domain == "binary"
                            else cosines(found, images))
        every = np.concatenate(overlaps)
        at: At = {"images": float(need.items), "domain": domain, "units": float(PIXELS)}
        points.append(memory.point(at, {"success": float((every >= SUCCESS).mean()),
                                        "same": float((every > 1.0 - 1e-9).mean()),
                                        "overlap": float(every.mean())}))
    return points


def summary_of(points: list[Point]) -> dict[str, float]:
    """The most images of which 0.9 are completed."""
    return {"images held": largest_held([float(p.at["images"]) for p in points],
                                        [p.metrics["success"] for p in points])}


TASK = Task("completion-digits", "T1b", "images of digits from their upper half",
            "half-masked images: Millidge et al. 2022", run, SIZES, domains=DOMAINS,
            curves=(Curve("images", "success", log_x=True), Curve("images", "overlap", log_x=True)),
            summary_of=summary_of)
