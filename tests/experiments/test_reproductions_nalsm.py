"""The liquid that an astrocyte steers, the unit with a slow threshold: judges that can say no."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

from engram.experiments.data import Images, ImageSet, MissingDataError
from engram.experiments.reproductions import astrocyte_unit as unit
from engram.experiments.reproductions import nalsm
from engram.models.astrocyte.liquid_wiring import rates
from engram.simulator.errors import MissingPackageError


def told(right: float, many: int = 1000) -> dict[str, str]:
    """A readout that is right for the first of `many` pictures, and a poor one."""
    good = round(right*many)
    return {"softmax, 0.01": "1"*good + "0"*(many - good), "least squares, 0.1": "01"*(many//2)}


def measured(pictures: str = "digits of 8 x 8", liquid: float = 0.98, plain: float = 0.94,
             inputs: float = 0.95, by: float = 0.0) -> dict[str, Any]:
    """As the parts give it; branching factors are those of the table plus `by`."""
    run = {"spikes": "1/0 2/0", "weights": dict.fromkeys(nalsm.LEARNS, 3.0)}
    return {**{f"spikes {b}": run for b in nalsm.BACKENDS}, "astrocyte": 0.0, "pictures": pictures,
            **{f"branching {w}": {"factor": f + by, "error": 0.01, "spikes": 20.0}
               for w, f in nalsm.SHEET.items()},
            "inputs": told(inputs), "liquid 0.015": told(liquid), "liquid 0.0": told(plain)}


def fails(found: dict[str, Any]) -> list[str]:
    return [row.what for row in nalsm.judge(found) if not row.passes]


def test_the_liquid_is_judged() -> None:
    good = measured()
    assert fails(good) == []
    assert len(fails(measured(inputs=0.977))) == len(fails(measured(plain=0.977))) == 1
    assert len(fails(good | {"astrocyte": 1e-9})) == 1
    assert len(fails(good | {"branching 0.05": good["branching 0.025"]})) == 1  # does not fall
    assert len(fails(measured(by=0.15))) == len(fails(measured(by=-0.2))) == 1  # crosses elsewhere
    late = good["spikes numba"] | {"spikes": "1/0 3/0"}
    assert len(fails(good | {"spikes numba": late})) == 1
    heavy = good["spikes numba"] | {"weights": {"exc": 3.1, "inh": 3.0, "in": 3.0}}
    assert len(fails(good | {"spikes brian2": heavy})) == 1
    assert nalsm.draw(good).size == 3


def test_figures_of_the_paper_are_asked_of_its_pictures_only() -> None:
    some, whole = measured("MNIST, of the test images"), measured("MNIST", 0.957, 0.893, 0.92)
    assert len(nalsm.judge(some)) == len(nalsm.judge(measured())) + 7
    assert len(nalsm.judge(whole)) == len(nalsm.judge(some)) + 2
    assert fails(some) == []
    assert len(fails(measured("MNIST, of the test images", by=-0.1))) == 7
    assert fails(whole) == []
    assert len(fails(measured("MNIST", 0.93, 0.85, 0.8))) == 2


def test_a_line_between_gains() -> None:
    assert nalsm.crossing(measured()) == pytest.approx(0.05*2**(0.086/0.0982))
    assert np.isnan(nalsm.crossing(measured(by=0.5)))


def test_pairs_are_compared() -> None:
    one, other = np.array([1]*90 + [0]*10), np.array([1]*80 + [0]*20)
    assert nalsm.apart(one, other) == pytest.approx(0.1/np.std(one - other, ddof=1)*10)
    assert nalsm.apart(one, one) == 0
    np.testing.assert_array_equal(nalsm.best({"a": "0011", "b": "0111"}), [0, 1, 1, 1])


def test_the_readout_is_chosen_with_the_astrocyte_and_held_to_without() -> None:
    def right(share: float) -> str:
        return "1"*round(share*10000) + "0"*round((1 - share)*10000)

    seen = measured() | {"pictures": "MNIST", "inputs": {"a": right(0.9), "b": right(0.92)}}
    seen |= {"liquid 0.015": {"a": right(0.96), "b": right(0.97)},
             "liquid 0.0": {"a": right(0.88), "b": right(0.895)}}
    rows = nalsm.judge(seen)[-2:]
    assert [(r.what, r.ours, r.passes) for r in rows] == [
        ("accuracy, w_astro 0.015 (a)", 0.96, True), ("accuracy, w_astro 0.0 (a)", 0.88, False)]


def test_full_size_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ENGRAM_DATA", raising=False)
    with pytest.raises(MissingDataError, match=r"mnist.*engram data fetch mnist"):
        nalsm.parts("full")
    test = Images(np.ones((10000, 2, 2), np.uint8), np.zeros(10000, np.uint8))
    train = Images(np.ones((60000, 2, 2), np.uint8), np.zeros(60000, np.uint8))
    monkeypatch.setattr(nalsm, "mnist", lambda: ImageSet("mnist", None, test))
    found = nalsm.pictures("full")
    assert "training images are not here" in found.name
    assert [(found.fold == k).sum() for k in (-1, 0)] == [8000, 2000]
    monkeypatch.setattr(nalsm, "mnist", lambda: ImageSet("mnist", train, test))
    whole = nalsm.pictures("full")
    assert (whole.name, whole.learnt, len(whole.seen)) == ("MNIST", 50000, 60000)
    monkeypatch.setattr(nalsm, "mnist", lambda: ImageSet("mnist", train, None))
    half = nalsm.pictures("full")
    assert "test images are not here" in half.name
    assert (half.fold == 0).sum() == 10000
    few = Images(train.pixels[:100], train.labels[:100])
    for here in (ImageSet("mnist", few, test), ImageSet("mnist", None, few),
                 ImageSet("mnist", train, few), ImageSet("mnist", few, None)):
        monkeypatch.setattr(nalsm, "mnist", lambda here=here: here)
        with pytest.raises(MissingDataError, match="too few; `engram data fetch mnist"):
            nalsm.pictures("full")


@pytest.fixture(scope="module")
def few() -> nalsm.Pictures:
    """Three kinds of pictures, easily told apart."""
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 3
    seen = rates(rng.uniform(0, 0.3, (60, 36)) + np.repeat(np.eye(3), 12, axis=1)[labels])
    return nalsm.Pictures("few", seen, labels, np.where(np.arange(60) < 40, -1, 0), 40, 80)


def test_branching_and_readouts_of_a_liquid(few: nalsm.Pictures) -> None:
    strong, weak = (nalsm.edge(few, w) for w in (0.2, 0.015))
    assert strong["factor"] < weak["factor"] - 0.1
    assert strong["spikes"] < weak["spikes"]
    found = nalsm.read(few, 0.1)
    assert {len(right) for right in found.values()} == {20}
    assert min(right.count("1") for right in found.values()) > 14  # by chance 7


def test_folds_are_not_seen_by_their_readout() -> None:
    labels = np.arange(40) % 4
    own = np.eye(40)  # a feature for each picture: what was not seen cannot be known
    fold = np.where(np.arange(40) < 10, -2, np.arange(40) % 5)
    given = nalsm.Pictures("x", own, labels, fold, 10, 10)
    found = nalsm.readouts(given, own)
    assert {len(right) for right in found.values()} == {30}
    assert max(right.count("1") for right in found.values()) < 20
    assert nalsm.readouts(given, np.eye(4)[labels])["softmax, 0.001"] == "1"*30


def test_backends_and_the_astrocyte_alone() -> None:
    one, other = (nalsm.spikes(b) for b in ("reference", "numba"))
    assert len(one["spikes"].split()) > 500
    assert nalsm.differ(one, other) == 0
    assert nalsm.astrocyte(steps=50) < 1e-12


def test_the_unit_is_exact() -> None:
    assert unit.plain(100) == 0
    assert unit.decay() == pytest.approx(1, abs=1e-9)
    assert unit.gradient(12, 2) < 1e-6


def trained(astrocyte: float = 0.97, threshold: float = 0.3, leak: float = 0.99) -> dict[str, Any]:
    arms = {"astrocyte": astrocyte, "threshold": threshold, "leak": leak}
    return {"plain": 0, "decay": 1.0, "gradient": 1e-8, **{
        f"{arm}, noise 0.01, seed {s}": {"accuracy": a + 0.01*s, "trained": 504, "mean": 1.0}
        for arm, a in arms.items() for s in range(3)}}


def test_the_unit_is_judged() -> None:
    def bad(found: dict[str, Any]) -> int:
        return sum(not row.passes for row in unit.judge(found))
    good = trained()
    assert bad(good) == 0
    assert bad(trained(astrocyte=0.85)) == bad(trained(threshold=0.96)) == 1
    assert bad(trained(leak=0.8)) == 1, "that a plain unit does as well is part of what is said"
    for name, wrong in (("plain", 1), ("decay", 1.001), ("gradient", 1e-3)):
        assert bad(good | {name: wrong}) == 1
    more = good["leak, noise 0.01, seed 0"] | {"trained": 505}
    assert bad(good | {"leak, noise 0.01, seed 0": more}) == 1
    assert unit.draw(good).size == 1


@pytest.mark.parametrize("arm", unit.ARMS)
def test_units_train(arm: str) -> None:
    found = unit.trained(arm, 0.01, 0, updates=2)
    assert found["trained"] == (1080 if arm == "recurrent" else 504)
    start = {"astrocyte": unit.KAPPA, "leak": 0.9}.get(arm, 1.0)
    assert found["mean"] != start
    assert found["mean"] == pytest.approx(start, abs=0.5)
    x, labels = unit.trials(200, 0.0, np.random.default_rng(0))
    shown = x[:5, :, :12].sum(axis=0).reshape(200, 4, 3).sum(axis=2)
    assert (shown.argmax(axis=1) == labels).all()
    assert not x[5:-10].any(), "silence, without noise"
    assert x[-10:, :, 12:].mean() == pytest.approx(0.8, abs=0.02)


def test_the_unit_needs_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(unit.parts("ci")) == 12
    assert len(unit.parts("full")) == 33
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingPackageError, match=r"engram\[torch\]"):
        unit.parts("ci")
