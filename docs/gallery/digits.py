"""A recurrent spiking network, written as any other, learns handwritten digits with torch."""

from __future__ import annotations

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import engram as eg
from engram import ms
from engram.models import static

torch.manual_seed(0)
torch.set_num_threads(1)  # the matrices are small: more threads take longer
STEPS, CELLS, EPOCHS, BATCH = 20, 128, 25, 64

CELL = eg.NeuronModel("cell", "dv/dt = -v/tau : 1\ntau : second", threshold="v > 1", reset="v = 0",
                      defaults={"v": 0, "tau": 10 * ms})
READOUT = eg.NeuronModel("readout", "dv/dt = -v/tau : 1\ntau : second",
                         defaults={"v": 0, "tau": 20 * ms})  # never fires: its v is the answer
draw = np.random.default_rng(0)


def joined(name: str, source: str, target: str, n: int, m: int, gain: float) -> eg.Projection:
    """All to all, with random weights that train."""
    weights = draw.normal(0, gain / np.sqrt(n), n * m)
    return eg.Projection(name, source, target, eg.AllToAll(), static("v", "1"), {"w": weights})


network = eg.Network(
    [eg.Population("pixels", 64, eg.SpikeTimes([], [] * ms)),
     eg.Population("cells", CELLS, CELL), eg.Population("digits", 10, READOUT)],
    [joined("see", "pixels", "cells", 64, CELLS, 2.0),
     joined("echo", "cells", "cells", CELLS, CELLS, 0.5),
     joined("say", "cells", "digits", CELLS, 10, 1.0)], dt=1 * ms)
module = eg.as_module(network, train=("see.w", "echo.w", "say.w"), outputs=("digits.v",),
                      dtype="float32")
# Each pixel fires regularly, the brightest in every second step.
x, y = load_digits(return_X_y=True)
spikes = np.diff(np.floor(np.arange(STEPS + 1)[:, None, None] * x / 32 + 0.5), axis=0)
train, test = train_test_split(np.arange(len(y)), test_size=360, random_state=0, stratify=y)
seen, label = torch.tensor(spikes, dtype=torch.float32), torch.tensor(y)

updates = EPOCHS * (len(train) // BATCH)
optimizer = torch.optim.Adam(module.parameters())
schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.01, updates)
for _ in range(EPOCHS):
    for some in np.array_split(draw.permutation(train), len(train) // BATCH):
        kept = seen[:, some] * (torch.rand(STEPS, len(some), 64) > 0.2)  # against overfitting
        loss = torch.nn.functional.cross_entropy(10 * module(kept)[0].mean(0), label[some],
                                                 label_smoothing=0.1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
with torch.no_grad():
    right = module(seen[:, test])[0].mean(0).argmax(1) == label[test]
print(f"test accuracy {100 * right.float().mean():.1f} % on {len(test)} digits")
