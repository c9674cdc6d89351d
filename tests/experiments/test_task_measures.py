"""What tasks write and measure, against known answers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from known_memories import ALL

from engram.experiments.tasks import fits, items, measures, pictures, stories
from engram.experiments.tasks.cues import Cue
from engram.models.memory import check_cues, check_patterns
from engram.simulator.errors import DescriptionError


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@given(domain=st.sampled_from(ALL), likeness=st.sampled_from([0.0, 0.3, 1.0]),
       count=st.integers(1, 5), size=st.integers(2, 40), seed=st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_patterns_are_of_their_domain(domain, likeness, count, size, seed) -> None:
    active = items.active_of(domain, size)
    x = items.alike(rng(seed), count, size, domain, active, likeness)
    check_patterns(x, size, domain, "x", active)
    assert x.shape == (count, size)
    if likeness == 1.0:
        np.testing.assert_allclose(x, np.broadcast_to(x[:1], x.shape), rtol=1e-12)


@given(domain=st.sampled_from(ALL), share=st.floats(0.0, 1.0), size=st.integers(4, 60),
       seed=st.integers(0, 99))
@settings(max_examples=80, deadline=None)
def test_cues_lack_what_they_are_said_to_lack(domain, share, size, seed) -> None:
    active = items.active_of(domain, size)
    x = items.alike(rng(seed), 3, size, domain, active)
    wrong, less = (how(rng(seed), x, share, domain) for how in (items.flipped, items.hidden))
    for cue in (wrong, less):
        check_cues(cue, size, domain)
    if domain == "ksparse":
        moved = min(round(share * active), size - active)
        assert (((x > wrong).sum(1) - (wrong > x).sum(1)) == round(share * active) - moved).all()
        assert ((x > less).sum(1) == round(share * active)).all()
    else:
        assert ((wrong != x).sum(1) == round(share * size)).all()
        able = (x != 0.0).sum(1)  # all entries; of flags the ones
        gone = [round(share * n) for n in able]
        assert ((less != x).sum(1) == gone).all()
        assert (less[less != x] == 0.0).all()


def test_likeness_is_the_mean_cosine() -> None:
    x = items.alike(rng(), 60, 2000, "unit", likeness=0.3)
    off = (x @ x.T)[np.triu_indices(60, 1)]
    assert off.mean() == pytest.approx(0.3, abs=0.02)  # g has a norm of its own: 1 / sqrt(2000)
    y = items.alike(rng(), 60, 2000, "bipolar", likeness=0.3)
    off = (y @ y.T)[np.triu_indices(60, 1)] / 2000
    assert off.mean() == pytest.approx(2 / math.pi * math.asin(0.3), abs=0.02)


@pytest.mark.parametrize(("call", "said"), [
    (lambda: items.alike(rng(), 2, 4, "unit", likeness=1.5), "likeness 1.5"),
    (lambda: items.flipped(rng(), np.ones((1, 4)), -0.1, "bipolar"), "share -0.1"),
    (lambda: pictures.embedded(rng(), 9999, "unit"), "9999 images")])
def test_bad_input_is_named(call, said) -> None:
    with pytest.raises(DescriptionError, match=said):
        call()


def test_cues_say_what_they_are() -> None:
    assert Cue().name == "whole"
    assert Cue(flipped=0.1, alike=0.3).name == "10 % flipped, alike 0.3"
    assert Cue(hidden=0.5, rewritten=0.25).name == "50 % hidden, 25 % rewritten"
    assert Cue(flipped=0.1).noise("bipolar") == Cue(hidden=0.2).noise("unit") == 0.1
    assert Cue(hidden=0.2).noise("ksparse") == 0.2


def test_the_read_out_draws_lots_among_equals_and_nothing_names_nothing() -> None:
    book = np.array([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]])
    said = np.array([[3.0, 0.1], [1.0, 1.0], [0.0, 0.0], [-1.0, 0.0]])
    np.testing.assert_allclose(measures.chosen(said, book, [0, 2, 0, 1]), [1, 1, 0, 1])
    twice = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    np.testing.assert_allclose(measures.chosen([[1.0, 0.0]], twice, [1]), [0.5])


def test_information_is_that_of_a_channel() -> None:
    x = np.where(rng().random((200, 100)) < 0.5, 1.0, -1.0)
    assert measures.information(x, x, "bipolar") == 1.0
    assert measures.information(x, -x, "bipolar") == 0.0  # never counted as knowledge
    err = items.flipped(rng(), x, 0.11, "bipolar")
    assert measures.information(x, err, "bipolar") == pytest.approx(0.5, abs=2e-3)  # H2(.11) = .5
    s = items.alike(rng(), 300, 64, "ksparse", 6)
    whole = math.log2(math.comb(64, 6)) / 64
    assert measures.information(s, s, "ksparse") == pytest.approx(whole)
    other = items.alike(rng(1), 300, 64, "ksparse", 6)
    assert measures.information(s, other, "ksparse") < 1e-3
    assert measures.told_by_choice(1.0, 8) == 3.0
    assert measures.told_by_choice(1 / 8, 8) == 0.0


def test_the_area_under_the_roc_counts_pairs() -> None:
    p, n = rng().integers(0, 5, 40), rng(1).integers(0, 4, 30)
    every = np.mean([(a > b) + 0.5 * (a == b) for a in p for b in n])
    assert measures.area_under_roc(p, n) == pytest.approx(every)
    assert measures.area_under_roc([2, 3], [0, 1]) == 1.0


def test_loads_and_areas() -> None:
    assert measures.largest_held([1, 2, 4], [1.0, 0.9, 0.5]) == 2
    assert measures.largest_held([1, 2], [0.1, 0.2]) == 0.0
    assert measures.area([0.2, 0.0, 0.1], [0.0, 1.0, 1.0]) == pytest.approx(0.75)
    assert measures.area([0.1], [0.4]) == 0.4


def test_curves_of_known_laws_are_fitted() -> None:
    ages = np.arange(0.0, 200.0, 3.0)
    gain, rate, off = fits.exponential(ages, 0.8 * np.exp(-0.03 * ages))
    assert (gain, rate) == (pytest.approx(0.8, rel=1e-4), pytest.approx(0.03, rel=1e-4))
    assert off < 1e-5
    gain, power, off = fits.power(ages, 0.6 * (1 + ages) ** -0.7)
    assert (gain, power) == (pytest.approx(0.6, rel=1e-4), pytest.approx(0.7, rel=1e-4))
    assert off < 1e-5 < fits.exponential(ages, 0.6 * (1 + ages) ** -0.7)[2]
    assert fits.half_life(ages, np.exp2(-ages / 60)) == pytest.approx(60, abs=0.1)
    assert fits.half_life(ages, np.ones(len(ages))) == math.inf
    assert fits.half_life([0, 10], [0.6, 0.2], floor=0.2) == pytest.approx(5.0)
    assert fits.serial_position([1, 1, 0, 0, 0, 0, 0, 0, 0, 1], 0.2) == (1.0, 0.5)


def test_a_story_is_answered_by_following_its_last_words() -> None:
    for seed in range(20):
        told = stories.story(rng(seed), 40)
        assert len(told.pairs) == len(told.sentences) == 40
        where = {}
        for what, place in told.pairs:
            where[what] = place
        for facts, asked in stories.ASKED.items():
            for about in asked:
                at = about
                for _ in range(facts):
                    at = where[at]
                assert at == told.place_of(about)
                assert at in stories.PLACES
    told = stories.Story((("Mary", "garden"), ("bag", "Mary"), ("milk", "bag")))
    assert told.sentences == ("Mary moved to the garden.", "Mary took the bag.",
                              "The milk is in the bag.")
    assert told.place_of("milk") == "garden"
    assert [stories.question(x) for x in ("Mary", "milk")] == ["Where is Mary?",
                                                               "Where is the milk?"]


def test_images_are_different_and_alike() -> None:
    x = pictures.black_and_white(rng(), 100, "bipolar")
    check_patterns(x, 64, "bipolar", "x")
    off = (x @ x.T)[np.triu_indices(100, 1)] / 64
    assert off.mean() > 0.3
    assert off.max() < 1.0 or len(np.unique(x, axis=0)) > 95
    y = pictures.embedded(rng(), 100, "unit")
    assert abs((y @ y.T)[np.triu_indices(100, 1)].mean()) < 0.1
