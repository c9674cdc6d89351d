"""Tasks with memories whose answers are known."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from known_memories import ALL, Decaying, Dictionary, Noise, Window, entry, points

from engram.experiments.tasks import (
    catalogue,
    completion,
    completion_digits,
    forgetting,
    inference,
    novelty,
    overwrite,
    passkey,
    recall,
    stories,
)
from engram.experiments.tasks.task import Setting
from engram.models.memory import CannotDo, Need, OpCount
from engram.simulator.errors import DescriptionError

HERE = (completion, completion_digits, forgetting, inference, novelty, overwrite, passkey, recall,
        stories)
PAIRS = (inference, overwrite, passkey, recall, stories)


def metric(found: list[Any], name: str, **at: Any) -> list[float]:
    values = [p.metrics[name] for p in found if all(p.at.get(k) == v for k, v in at.items())]
    assert values, f"no point at {at}"
    return values


def test_every_task_is_found_by_name_and_by_code() -> None:
    for module in HERE:
        task = module.TASK
        assert catalogue.find(task.name) is task
        assert catalogue.find(task.code.lower()) is task
        assert set(task.sizes) == {"ci", "std", "full"}


@pytest.mark.parametrize("domain", ["bipolar", "ksparse"])
def test_a_dictionary_completes_every_pattern(domain: str) -> None:
    found = points(completion.TASK, Dictionary, domain)
    flips = [p for p in found if p.at["flipped"] <= 0.1]  # of 7 ones, a fifth is one: still nearest
    assert min(p.metrics["success"] for p in flips) == 1.0
    assert completion.summary_of(flips)["P* (whole)"] == 2048


def test_a_dictionary_holds_the_bits_of_its_patterns() -> None:
    for point in points(completion.TASK, Dictionary, "bipolar"):
        if point.at["cue"] == "10 % flipped":  # keys and values of 64 bits an entry of one bit
            assert point.metrics["bits_per_state_bit"] == pytest.approx(1 / 128)
            assert point.metrics["bits_per_cheapest_bit"] == pytest.approx(1 / 64)
            assert point.codings == {"half": point.state_bits // 2}


@pytest.mark.parametrize("domain", ALL)
def test_a_dictionary_recalls_every_value_the_newest_where_there_are_two(domain: str) -> None:
    found = points(recall.TASK, Dictionary, domain)
    for name in ("recall", "cosine", "exact"):
        assert min(metric(found, name, cue="whole")) == pytest.approx(1.0)
        assert min(metric(found, name, cue="whole, 25 % rewritten")) == pytest.approx(1.0)


def test_a_dictionary_finds_the_code_overwrites_and_answers() -> None:
    assert min(metric(points(passkey.TASK, Dictionary), "code")) == 1.0
    found = points(overwrite.TASK, Dictionary)
    assert (min(metric(found, "new")), max(metric(found, "old"))) == (1.0, 0.0)
    assert min(metric(points(stories.TASK, Dictionary, "bipolar"), "accuracy")) == 1.0


def test_a_dictionary_follows_a_chain_as_far_as_it_hops() -> None:
    found = points(inference.TASK, Dictionary)
    for distance in (1, 2, 3):
        for hops in (1, 2, 3):
            share = np.mean(metric(found, "accuracy", ways="one way", hops=hops,
                                   distance=distance))
            if hops == distance:
                assert share == 1.0
            elif hops > distance:  # it goes on from the end of a chain to anywhere
                assert share > 0.9
            else:  # 80 trials and more, a coin each
                assert share == pytest.approx(0.5, abs=0.2)


def test_a_dictionary_keeps_everything_and_knows_what_is_new() -> None:
    found = points(forgetting.TASK, Dictionary)
    assert min(metric(found, "recall")) == 1.0
    assert forgetting.summary_of(found)["half-life of recall"] == math.inf
    assert min(metric(points(novelty.TASK, Dictionary), "auroc", cue="whole")) == 1.0


def test_a_dictionary_completes_halves_of_digits() -> None:
    found = points(completion_digits.TASK, Dictionary, "bipolar")
    assert metric(found, "success", images=2.0) == [1.0]
    assert min(metric(found, "success")) > 0.9  # the upper halves of two images may be the same


def test_noise_is_at_chance_everywhere() -> None:
    found = points(recall.TASK, Noise)
    for point in found:  # three standard errors of a share 1 / P in 128 or fewer questions
        assert point.metrics["recall"] <= 1 / 16 + 3 * math.sqrt(1 / 16 / 16)
        assert abs(point.metrics["cosine"]) < 3 / math.sqrt(64 * 16)
    assert np.mean(metric(points(passkey.TASK, Noise), "digit")) == pytest.approx(0.1, abs=0.09)
    assert np.mean(metric(points(novelty.TASK, Noise), "auroc")) == pytest.approx(0.5, abs=0.1)
    assert np.mean(metric(points(inference.TASK, Noise), "accuracy")) == pytest.approx(0.5,
                                                                                       abs=0.05)
    assert np.mean(metric(points(stories.TASK, Noise), "accuracy")) == pytest.approx(1 / 6,
                                                                                     abs=0.12)
    assert max(metric(points(completion.TASK, Noise, "bipolar"), "success")) == 0.0
    assert max(metric(points(overwrite.TASK, Noise), "new", load=1.0)) < 0.1


def test_a_known_decay_gets_its_half_life_and_its_law() -> None:
    told = forgetting.summary_of(points(forgetting.TASK, Decaying))
    assert told["half-life of signal"] == pytest.approx(math.log(2) / -math.log(0.95), rel=0.02)
    assert told["exponential rate"] == pytest.approx(-math.log(0.95), rel=0.02)
    assert told["exponential residual"] < 0.05 < told["power residual"]
    assert told["half-life of recall"] == math.inf  # however weak, the right value is the nearest


def test_a_window_is_recency_and_nothing_else() -> None:
    told = forgetting.summary_of(points(forgetting.TASK, Window))
    assert 36 < told["half-life of recall"] < 45  # gone at 40; bins are steps of sqrt(2)
    assert (told["primacy"], told["recency"]) == (0.0, 1.0)  # 40 of 400 are the last tenth
    assert told["rehearsal"] == 0.0  # last rehearsed after 320 of 400


def test_rehearsal_keeps_what_would_be_forgotten() -> None:
    told = forgetting.schedule(12, 3)
    assert list(told) == [0, 1, 2, 0, 1, 2, 3, 4, 5, 0, 1, 2, 6, 7, 8, 9, 10, 11, 0, 1, 2]
    late = forgetting.schedule(400, 20)
    assert len(late) == 400 + 5 * 20  # after 20, 40, 80, 160 and 320 items


def test_a_memory_for_patterns_only_is_refused_by_tasks_on_pairs() -> None:
    for module in PAIRS:
        with pytest.raises(CannotDo, match="keys and values of their own"):
            points(module.TASK, Dictionary, hetero=False)
    with pytest.raises(CannotDo, match="does not complete patterns"):
        points(completion.TASK, Dictionary, "bipolar", auto=False)
    found = points(forgetting.TASK, Dictionary, "bipolar", hetero=False)
    assert min(metric(found, "recall")) == 1.0


def test_a_domain_that_the_task_has_not_is_refused() -> None:
    with pytest.raises(CannotDo, match="the task has bipolar, ksparse, binary"):
        points(completion.TASK, Dictionary, "real")
    asked = Setting(entry(Dictionary), "ci", 0, domain="ksparse")
    with pytest.raises(CannotDo, match="dictionary takes unit"):
        recall.TASK.run(asked)


def test_loads_that_a_memory_cannot_hold_are_left_out() -> None:
    def small(need: Need) -> Dictionary:
        if need.items > 40:
            raise CannotDo(f"{need.items} items; it holds 40")
        return Dictionary(need)

    limited = replace(entry(Dictionary), build=small)
    found = recall.TASK.run(Setting(limited, "ci", 0))
    assert {p.at["patterns"] for p in found} == {16.0, 32.0}
    with pytest.raises(CannotDo, match="it holds 40"):
        passkey.TASK.run(Setting(limited, "ci", 0))


def test_operations_and_items_of_a_point_are_its_own() -> None:
    for point in points(recall.TASK, Dictionary):
        assert point.ops["write"].ac == point.items
        assert point.ops["read"].mac == point.queries
        assert point.queries == min(128, point.at["patterns"])
    for point in points(passkey.TASK, Dictionary):
        assert point.items == 4 * (point.at["fillers"] + 5)
        assert point.queries == point.ops["read"].mac == 4 * 5


def test_what_codecs_cost_is_told_apart() -> None:
    class Coded(Dictionary):
        def reset(self, *, seed: int | None = None) -> None:
            super().reset()
            self.codec_ops = OpCount()

        def write(self, keys: Any, values: Any, *, strength: Any = None) -> OpCount:
            self.codec_ops = self.codec_ops + OpCount(spikes=2 * len(keys))
            return super().write(keys, values)

        def read(self, queries: Any, *, steps: int | None = None) -> Any:
            self.codec_ops = self.codec_ops + OpCount(exp=len(queries))
            return super().read(queries)

    for task in (recall.TASK, passkey.TASK, forgetting.TASK):  # with repetitions and without
        for point in points(task, Coded):
            assert point.ops["codec"] == OpCount(spikes=2 * point.items, exp=point.queries)
            assert point.ops["write"] == OpCount(ac=point.items)


def test_memories_are_asked_the_same_items() -> None:
    def watching(kind: Any, into: list[Any]) -> Any:
        class Watched(kind):
            def write(self, keys: Any, values: Any, *, strength: Any = None) -> Any:
                into.append((np.array(keys), np.array(values)))
                return super().write(keys, values)
        return Watched

    seen: tuple[list[Any], list[Any]] = ([], [])
    for kind, into in zip((Dictionary, Noise), seen, strict=True):  # one of them draws numbers
        points(recall.TASK, watching(kind, into))
    for one, other in zip(*seen, strict=True):
        np.testing.assert_array_equal(one[0], other[0])
        np.testing.assert_array_equal(one[1], other[1])


def test_seeds_give_other_items_and_the_same_seed_the_same_points() -> None:
    runs = [points(recall.TASK, Noise, seed=s) for s in (1, 1, 2)]
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]


def test_an_unknown_task_is_named() -> None:
    with pytest.raises(DescriptionError, match="completion, "):
        catalogue.find("T99")
