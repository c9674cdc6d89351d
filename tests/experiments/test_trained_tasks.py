"""Tasks that layers are trained on: their sequences, and that what can be learnt is learnt."""

from __future__ import annotations

import subprocess
import sys
from math import log
from typing import Any

import numpy as np
import pytest
import torch
from known_memories import Dictionary, points

from engram.experiments.memories.catalogue import find
from engram.experiments.memories.layer_entries import ENTRIES
from engram.experiments.tasks import (
    catalogue,
    copying,
    digits,
    mqar,
    mqar_compositional,
    mqar_continuous,
    mqar_forgetting,
    selective_copying,
)
from engram.experiments.tasks.layer_model import model_for
from engram.experiments.tasks.recall_sequences import (
    Pairs,
    compositional,
    drawn,
    forgetting,
    gaps,
)
from engram.experiments.tasks.recall_sequences import mqar as sequences
from engram.experiments.tasks.task import Setting
from engram.experiments.tasks.training import IGNORED, accuracy_of, one_thread
from engram.models.memory import CannotDo
from engram.simulator.errors import DescriptionError

HERE = (copying, digits, mqar, mqar_compositional, mqar_continuous, mqar_forgetting,
        selective_copying)
TINY = {"tokens": 16, "length": 24, "pairs": 2, "width": 16, "batch": 32, "lr": 1e-2, "steps": 300,
        "every": 100, "test": 256}


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def setting(name: str, seed: int = 0, **options: Any) -> Setting:
    return Setting(find(name), "ci", seed, **options)


def test_every_task_is_found_by_name_and_by_code() -> None:
    for module in HERE:
        task = module.TASK
        assert catalogue.find(task.name) is task
        assert catalogue.find(task.code) is task
        assert set(task.sizes) == {"ci", "std", "full"}


def test_answers_of_mqar_are_the_values_of_the_keys() -> None:
    x, y = sequences(rng(), 200, Pairs(64, 32, 4))
    for inputs, labels in zip(x, y, strict=True):
        keys, values = inputs[:8:2], inputs[1:8:2]
        assert len(set(keys)) == len(set(values)) == 4
        assert keys.min() >= 1
        assert keys.max() < 32 <= values.min()
        asked = np.flatnonzero(labels != IGNORED)
        assert asked.min() >= 8
        assert sorted(inputs[asked]) == sorted(keys)
        value_of = dict(zip(keys, values, strict=True))
        assert [value_of[k] for k in inputs[asked]] == list(labels[asked])
        rest = np.setdiff1d(np.arange(8, 32), asked)
        assert not inputs[rest].any()


def test_empty_slots_are_filled_only_where_there_are_many_tokens() -> None:
    x, _ = sequences(rng(), 20, Pairs(2000, 32, 4))
    assert (x[:, 8:] != 0).mean() > 0.9
    x, _ = sequences(rng(), 20, Pairs(2000, 32, 4, filled=False))
    assert (x[:, 8:] != 0).sum() == 20 * 4


def test_new_values_of_forgetting_differ_and_are_the_answers() -> None:
    x, y = forgetting(rng(), 300, Pairs(12, 24, 3), updates=2)
    for inputs, labels in zip(x, y, strict=True):
        value_of = dict(zip(inputs[:6:2], inputs[1:6:2], strict=True))
        for key, value in zip(inputs[6:10:2], inputs[7:10:2], strict=True):
            assert value_of[key] != value
            value_of[key] = value
        asked = np.flatnonzero(labels != IGNORED)
        assert len(asked) == 3
        assert [value_of[k] for k in inputs[asked]] == list(labels[asked])


def test_neither_half_of_a_compositional_key_tells_the_value() -> None:
    x, y = compositional(rng(), 200, Pairs(30, 64, 4))
    for inputs, labels in zip(x, y, strict=True):
        first, second, values = inputs[0:12:3], inputs[1:12:3], inputs[2:12:3]
        assert len(set(zip(first, second, strict=True))) == len(set(values)) == 4
        assert len(set(first)) == len(set(second)) == 2
        value_of = dict(zip(zip(first, second, strict=True), values, strict=True))
        asked = np.flatnonzero(labels != IGNORED)
        assert [value_of[inputs[i - 1], inputs[i]] for i in asked] == list(labels[asked])
    with pytest.raises(DescriptionError, match="5 pairs of compositional keys; give a square"):
        compositional(rng(), 1, Pairs(30, 64, 5))


def test_choices_are_fair_and_gaps_follow_their_law() -> None:
    picked = drawn(rng(), 30000, 5, 2)
    assert (picked[:, 0] != picked[:, 1]).all()
    # 4 standard errors of 30000 draws
    np.testing.assert_allclose(np.bincount(picked[:, 0], minlength=5) / 30000, 0.2, atol=0.01)
    law = np.arange(1, 9) ** -0.99
    found = np.bincount(gaps(rng(), 30000, 8, 1)[:, 0], minlength=8) / 30000
    np.testing.assert_allclose(found, law / law.sum(), atol=0.012)
    three = gaps(rng(), 100, 8, 3)
    assert all(len(set(row)) == 3 for row in three)
    with pytest.raises(DescriptionError, match="4 questions need as many slots; there are 2"):
        sequences(rng(), 1, Pairs(64, 12, 4))


def test_copying_and_selective_copying_are_as_published() -> None:
    x, y = copying.copying(rng(), 50, 30)
    assert x.shape == (50, 40)
    assert (x[:, :10] == y[:, -10:]).all()
    assert set(np.unique(x[:, :10])) == set(range(1, 9))
    assert (x[:, -11] == 9).all()
    assert not x[:, 10:-11].any()
    assert not x[:, -10:].any()
    assert (y[:, :-10] == IGNORED).all()
    x, y = copying.selective(rng(), 50, 30)
    assert x.shape == (50, 50)
    assert (x[:, -10:] == 9).all()
    for inputs, labels in zip(x, y, strict=True):
        assert list(inputs[:40][inputs[:40] > 0]) == list(labels[-10:])


def test_digits_are_the_same_in_both_orders() -> None:
    (x, classes), (scrambled, again) = digits.sequences("sequential"), digits.sequences("permuted")
    assert x.shape == (1797, 64, 1)
    assert (classes == again).all()
    order = np.random.default_rng(42).permutation(64)
    np.testing.assert_array_equal(scrambled, x[:, order])
    assert (x.min(), x.max()) == (0.0, 1.0)
    assert set(np.bincount(classes[1437:]) > 20) == {True}


@pytest.mark.parametrize("name", ["attention-layer", "delta-layer"])
def test_associations_are_learnt(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(mqar.SIZES, "ci", TINY)
    found = mqar.run(setting(name))
    assert found[-1].metrics["accuracy"] > 0.95
    assert found[-1].metrics["far"] > 0.9
    assert mqar.final(found)["steps_to_0.9"] <= 300


def test_a_layer_that_keeps_nothing_guesses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(mqar.SIZES, "ci", {**TINY, "steps": 100, "test": 1024})
    # 8 values, some 300 far questions: 4 standard errors above the guess
    assert mqar.run(setting("gam"))[-1].metrics["far"] < 0.125 + 0.08


@pytest.mark.parametrize("name", [entry.name for entry in ENTRIES])
def test_every_layer_trains_in_every_task(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(mqar.SIZES, "ci", {**TINY, "steps": 2, "every": 2, "test": 16})
    monkeypatch.setitem(copying.SIZES, "ci", {**copying.SIZES["ci"], "delays": (11,), "steps": 2,
                                              "every": 2, "test": 16, "batch": 8, "width": 16})
    for run in (mqar.run, copying.run):
        last = run(setting(name))[-1]
        assert np.isfinite(list(last.metrics.values())).all()
        assert 0.5 < last.metrics["loss"] < 6.0  # ln 16 is 2.8: no layer begins far from guessing
    x, _ = digits.sequences("permuted")
    with one_thread(), torch.no_grad():
        model = model_for(setting(name), 16, 64, 10, 1, bare=True)
        assert model(torch.from_numpy(x[:3])).shape == (3, 64, 10)


def test_training_is_the_same_from_run_to_run_and_touches_nothing_global(
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(mqar.SIZES, "ci", {**TINY, "steps": 20, "every": 10})
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    told: list[float] = []
    first = mqar.run(setting("gated-delta-layer", progress=told.append))
    torch.manual_seed(99)
    again, other = (mqar.run(setting("gated-delta-layer", seed)) for seed in (0, 1))
    torch.set_rng_state(before)
    assert [p.metrics for p in first] == [p.metrics for p in again]
    assert [p.metrics for p in first] != [p.metrics for p in other]
    assert torch.get_num_threads() == threads
    assert told == [0.5, 1.0]
    # 2 blocks: S of 16 x 16, and 2 tokens of 16 in the window
    assert first[0].state_bits == 2 * 32 * (16 * 16 + 2 * 16)


def test_waves_copy_and_what_keeps_nothing_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(copying.SIZES, "ci", {**copying.SIZES["ci"], "delays": (12,), "steps": 120,
                                              "every": 120})
    found = copying.run(setting("wave-rnn"))
    assert found[-1].metrics["accuracy"] > 0.95
    assert copying.solved(found)["longest_delay"] == (
        12.0 if found[-1].metrics["accuracy"] >= 0.99 else 0.0)
    nothing = copying.run(setting("hopfield-lookup"))[-1]
    theory = copying.theory(find("hopfield-lookup"), nothing.at)
    assert theory == {"accuracy": 1 / 8, "loss": log(8)}
    assert nothing.metrics["accuracy"] == pytest.approx(theory["accuracy"], abs=0.04)
    assert nothing.metrics["loss"] == pytest.approx(theory["loss"], abs=0.1)
    assert copying.theory(find("gru"), nothing.at) == {}


def test_digits_are_learnt_in_both_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(digits.SIZES, "ci", {**digits.SIZES["ci"], "epochs": 4, "every": 2})
    found = digits.run(setting("rnn"))
    assert [(p.at["order"], p.at["epoch"]) for p in found] == [
        (order, epoch) for order in ("sequential", "permuted") for epoch in (2, 4)]
    assert min(digits.final(found).values()) > 0.3  # chance is 0.1


def test_a_dictionary_answers_everything_and_a_budget_is_refused() -> None:
    found = points(mqar_continuous.TASK, Dictionary, "bipolar")
    assert [p.metrics for p in found] == [{"accuracy": 1.0, "exact": 1.0}] * 4
    with pytest.raises(CannotDo, match="their state bits are in the record"):
        mqar.run(setting("gru", state_bits=1000))


def test_metrics_count_what_has_a_label() -> None:
    logits = torch.eye(3)[torch.tensor([[0, 1, 2], [0, 0, 0]])]
    labels = torch.tensor([[0, 1, IGNORED], [0, 2, IGNORED]])
    found = accuracy_of(logits, labels)
    assert (found["accuracy"], found["exact"]) == (0.75, 0.5)


def test_one_thread_is_given_back_after_an_error() -> None:
    before, inside = torch.get_num_threads(), []

    def fails() -> None:
        with one_thread():
            inside.append(torch.get_num_threads())
            raise KeyError

    with pytest.raises(KeyError):
        fails()
    assert inside == [1]
    assert torch.get_num_threads() == before


def test_without_torch_every_task_can_be_looked_at_and_says_what_to_install() -> None:
    code = """
import sys
class NoTorch:  # sys.modules["torch"] = None would trip SciPy, which looks there
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "torch":
            raise ModuleNotFoundError("No module named 'torch'", name="torch")
sys.meta_path.insert(0, NoTorch())
from engram.experiments.memories.catalogue import find as memory
from engram.experiments.tasks import catalogue
from engram.experiments.tasks.task import Setting
from engram.simulator.errors import MissingPackageError
for name in catalogue.NAMES:
    task = catalogue.find(name)
    if task.role != "associative":
        entry = memory("gru" if task.role == "layer" else "naive")
        try:
            task.run(Setting(entry, "ci", 0))
        except MissingPackageError as error:
            assert "engram[" in str(error), error
        else:
            raise AssertionError(name)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
