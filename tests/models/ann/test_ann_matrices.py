"""Memories that are a matrix: against formulas, plain loops and known answers."""

import numpy as np
import pytest

from engram.models.ann.delta import DeltaMemory
from engram.models.ann.features import MappedMemory, polynomial, projection
from engram.models.ann.least_squares import update, update_one_by_one
from engram.models.ann.linear import LinearMemory
from engram.models.ann.quantised import QuantisedMemory
from engram.models.ann.ridge import RidgeMemory
from engram.models.memory import MemorySpec, random_patterns
from engram.simulator.errors import DescriptionError


def pairs(seed, count, dim, domain="unit"):
    rng = np.random.default_rng(seed)
    return random_patterns(rng, count, dim, domain), random_patterns(rng, count, dim, domain)


def graded(memory, cues):
    return memory.read(cues).info["graded"]


def cosine(found, wanted):
    return (found * wanted).sum(1) / np.linalg.norm(found, axis=1) / np.linalg.norm(wanted, axis=1)


def top_1(found, values):
    return float(((found @ values.T).argmax(1) == np.arange(len(values))).mean())


@pytest.mark.parametrize(("count", "dim"), [(32, 64), (256, 64), (100, 200)])
def test_linear_recall_has_the_cosine_of_theory(count, dim):
    keys, values = pairs(count, count, dim)
    memory = LinearMemory(dim, dim)
    memory.write(keys, values)
    theory = 1 / np.sqrt(1 + (count - 1) / dim)
    # 2 %: 32 cosines of a spread of 0.05 have a mean that is good to 0.01
    assert cosine(graded(memory, keys), values).mean() == pytest.approx(theory, rel=0.02)


def test_decay_weighs_a_pair_by_its_age():
    keys, values = np.eye(8), np.eye(8)[::-1]
    memory = LinearMemory(8, 8, decay=0.9)
    memory.write(keys, values)
    gain = (graded(memory, keys) * values).sum(1)
    np.testing.assert_allclose(gain, 0.9 ** np.arange(7, -1, -1), rtol=1e-6)  # float32


def naive_delta(keys, values, rate):
    """One weight at a time, as the rule is written."""
    store = np.zeros((values.shape[1], keys.shape[1]))
    for k, v in zip(keys, values, strict=True):
        square = sum(x * x for x in k)
        error = [v[i] - sum(store[i, j] * k[j] for j in range(len(k))) for i in range(len(v))]
        for i in range(len(v)):
            for j in range(len(k)):
                store[i, j] += rate * error[i] * k[j] / square
    return store


@pytest.mark.parametrize("domain", ["unit", "real", "bipolar"])
def test_delta_is_the_rule_written_out(domain):
    keys, values = pairs(1, 12, 6, domain)
    memory = DeltaMemory(6, 6, domain, rate=0.7)
    memory.write(keys, values)
    np.testing.assert_allclose(memory.store, naive_delta(keys, values, 0.7), atol=2e-6)  # float32


@pytest.mark.parametrize("decay", [1.0, 0.99])
def test_delta_written_at_once_is_delta_written_one_by_one(decay):
    keys, values = pairs(2, 200, 32, "real")
    strength = np.linspace(0.0, 1.2, 200)
    together, alone = (DeltaMemory(32, 32, "real", decay=decay) for _ in range(2))
    together.write(keys, values, strength=strength)
    for key, value, gain in zip(keys, values, strength, strict=True):
        alone.write(key[None], value[None], strength=gain)
    np.testing.assert_allclose(together.store, alone.store, atol=2e-6)  # float32


def test_least_squares_in_blocks_is_that_row_by_row():
    rng = np.random.default_rng(3)
    rows, targets = rng.standard_normal((150, 20)), rng.standard_normal((150, 7))
    given = (np.zeros((20, 7)), np.eye(20) * 50, rows, targets, rng.uniform(0.5, 2, 150))
    for fast, slow in zip(update(*given), update_one_by_one(*given), strict=True):
        np.testing.assert_allclose(fast, slow, atol=1e-12)


@pytest.mark.parametrize("rate", [0.5, 1.0])
def test_a_delta_memory_loses_a_share_of_rate_over_dimension_with_each_pair(rate):
    dim, ages = 64, np.array([8, 32, 128])
    left = []
    for draw in range(6):
        keys, values = pairs(draw, 400, dim)
        memory = DeltaMemory(dim, dim, rate=rate)
        memory.write(keys, values)
        gain = (graded(memory, keys) * values).sum(1)[::-1]  # gain[a] is of age a
        left.append([gain[max(a - 8, 0):a + 9].mean() for a in ages])
    # windows of 17 ages are straight to 2 %; 100 gains of a spread of 0.12 at 0.13, so 10 % there
    theory = rate * (1 - rate / dim) ** ages
    np.testing.assert_allclose(np.mean(left, axis=0), theory, rtol=0.05, atol=0.025)


def test_the_last_pair_of_a_delta_memory_is_exact_and_the_same_pair_again_changes_nothing():
    keys, values = pairs(3, 100, 32)
    memory = DeltaMemory(32, 32)
    memory.write(keys, values)
    np.testing.assert_allclose(graded(memory, keys[-1:]), values[-1:], atol=1e-5)  # float32
    before = memory.store.copy()
    memory.write(keys[-1:], values[-1:])
    np.testing.assert_allclose(memory.store, before, atol=1e-6)
    hebb = LinearMemory(32, 32)
    hebb.write(keys[-1:], values[-1:])
    assert np.abs(graded(hebb, keys[-1:]) - values[-1:]).max() < 1e-6
    hebb.write(keys[-1:], values[-1:])
    assert np.abs(graded(hebb, keys[-1:]) - values[-1:]).max() > 0.1, "a sum counts twice"


@pytest.mark.parametrize("domain", ["unit", "bipolar", "real"])
@pytest.mark.parametrize("count", [10, 32, 90])
def test_ridge_is_the_closed_form(domain, count):
    keys, values = pairs(count, count, 32, domain)
    memory = RidgeMemory(32, 32, domain, ridge=0.01, square=1.0 if domain == "unit" else 32.0)
    memory.write(keys, values)
    scaled = keys / memory.square**0.5
    wanted = values.T @ scaled @ np.linalg.inv(scaled.T @ scaled + 0.01 * np.eye(32))
    # float32 loses 1e-7 of C = 100 with each pair
    np.testing.assert_allclose(memory.store, wanted, atol=2e-4 * np.abs(wanted).max())


def test_ridge_with_strengths_is_the_weighted_closed_form():
    keys, values = pairs(5, 40, 16)
    strength = np.linspace(0.2, 2.0, 40)
    memory = RidgeMemory(16, 16, ridge=0.1)
    memory.write(keys, values, strength=strength)
    wanted = (values.T * strength) @ keys @ np.linalg.inv(
        (keys.T * strength) @ keys + 0.1 * np.eye(16))
    np.testing.assert_allclose(memory.store, wanted, atol=1e-4 * np.abs(wanted).max())


def test_ridge_forgets_a_key_and_leaves_independent_ones():
    keys, values = pairs(6, 20, 64)
    memory = RidgeMemory(64, 64)
    memory.write(keys, values)
    memory.forget(keys=keys[:1])
    found = graded(memory, keys)
    assert np.abs(found[0]).max() < 1e-3
    assert cosine(found[1:], values[1:]).min() > 0.99


# accuracy and cosine at 64 dimensions, three draws; measured once in another implementation
TABLE = {(32, "linear"): (1.0, 0.82), (128, "linear"): (0.97, 0.58), (256, "linear"): (0.76, 0.45),
         (64, "delta"): (0.89, 0.68), (128, "delta"): (0.53, 0.44), (256, "delta"): (0.25, 0.25),
         (128, "half"): (0.82, 0.57), (256, "half"): (0.44, 0.38),
         (64, "ridge"): (1.0, 1.0), (128, "ridge"): (1.0, 0.70), (256, "ridge"): (0.89, 0.50)}
MAKE = {"linear": lambda d: LinearMemory(d, d), "delta": lambda d: DeltaMemory(d, d),
        "half": lambda d: DeltaMemory(d, d, rate=0.5), "ridge": lambda d: RidgeMemory(d, d)}


@pytest.mark.parametrize(("count", "name"), TABLE)
def test_recall_at_64_dimensions(count, name):
    got = []
    for draw in range(3):
        keys, values = pairs(100 + draw, count, 64)
        memory = MAKE[name](64)
        memory.write(keys, values)
        found = graded(memory, keys)
        got.append((top_1(found, values), cosine(found, values).mean()))
    accuracy, cos = np.mean(got, axis=0)
    # of a share of `count` trials, three draws against three draws: up to 0.05 at 64
    assert accuracy == pytest.approx(TABLE[count, name][0], abs=0.06)
    assert cos == pytest.approx(TABLE[count, name][1], abs=0.02)


@pytest.mark.parametrize(("name", "dim", "inside", "outside"), [
    ("linear", 32, 45, 70), ("linear", 64, 145, 220), ("delta", 32, 17, 30),
    ("delta", 64, 50, 80), ("ridge", 32, 62, 90), ("ridge", 64, 195, 285)])
def test_capacity_is_where_it_was(name, dim, inside, outside):
    """The largest load with accuracy 0.9 was 55 and 175, 21 and 64, 74 and 233: on a grid of 15 %,
    so the edges here are some 20 % to each side."""
    def accuracy(count):
        got = []
        for draw in range(4):
            keys, values = pairs(200 + draw, count, dim)
            memory = MAKE[name](dim)
            memory.write(keys, values)
            got.append(top_1(graded(memory, keys), values))
        return np.mean(got)
    assert accuracy(inside) >= 0.9 > accuracy(outside)


@pytest.mark.parametrize("degree", [1, 2, 3])
def test_polynomial_features_have_the_power_of_the_product(degree):
    rng = np.random.default_rng(degree)
    x, y = rng.standard_normal((2, 5, 7))
    features = polynomial(7, degree)
    assert features.apply(x).shape == (5, features.width)
    np.testing.assert_allclose(features.apply(x) @ features.apply(y).T, (x @ y.T) ** degree,
                               atol=1e-12)


def test_quadratic_features_are_2080_of_64_and_keep_1024_pairs():
    keys, values = pairs(9, 1024, 64)
    features = polynomial(64)
    assert features.width == 2080
    memory = MappedMemory(LinearMemory(features.width, 64, "real"), features,
                          MemorySpec(64, 64, "unit"))
    memory.write(keys, values)
    found = memory.read(keys).info["graded"]
    assert top_1(found, values) > 0.99  # 64 x 64 weights find one in ten of them
    theory = 1 / np.sqrt(1 + 1023 * 3 / (64 * 66))  # E (k . k')^4 on a sphere
    assert cosine(found, values).mean() == pytest.approx(theory, rel=0.02)


def test_quadratic_features_with_the_delta_rule():
    keys, values = pairs(10, 256, 64)
    features = polynomial(64)
    memory = MappedMemory(DeltaMemory(features.width, 64, "real"), features,
                          MemorySpec(64, 64, "unit"))
    memory.write(keys, values)
    assert cosine(memory.read(keys).info["graded"], values).mean() == pytest.approx(0.96, abs=0.01)


def test_a_projection_keeps_cosines_to_one_over_the_root_of_its_width():
    keys, _ = pairs(11, 200, 256)
    mapped = projection(256, 64, seed=3).apply(keys)
    error = (mapped @ mapped.T - keys @ keys.T)[~np.eye(200, dtype=bool)]
    assert error.std() == pytest.approx(64**-0.5, rel=0.1)
    np.testing.assert_array_equal(mapped, projection(256, 64, seed=3).apply(keys))
    assert np.abs(mapped - projection(256, 64, seed=4).apply(keys)).max() > 0.1


def test_stochastic_rounding_is_right_on_average():
    wanted = np.full((200, 200), 0.1234)
    memory = QuantisedMemory(200, 200, bits=3, span=1.0)
    memory._set(wanted)
    found = memory.weights()
    assert len(np.unique(found)) == 2, "between two of the eight values"
    assert found.mean() == pytest.approx(0.1234, abs=4 * 2 / 7 / 2 / 200)  # 4 standard errors


@pytest.mark.parametrize(("bits", "least"), [(8, 0.97), (4, 0.85), (1, 0.3)])
def test_fewer_bits_recall_less(bits, least):
    keys, values = pairs(12, 32, 64)
    exact = DeltaMemory(64, 64)
    exact.write(keys, values)
    span = (4.0 if bits > 1 else 1.0) * np.sqrt(32) / 64
    memory = QuantisedMemory(64, 64, bits=bits, span=span)
    memory.reset(seed=1)
    memory.write(keys, values)
    assert len(np.unique(memory.weights())) <= 2**bits
    assert memory.state_bits() == bits * 64 * 64
    share = cosine(graded(memory, keys), values).mean() / cosine(graded(exact, keys), values).mean()
    assert least < share < 1.01


def test_what_is_not_asked_for_is_refused():
    with pytest.raises(DescriptionError, match="rate 2"):
        DeltaMemory(4, 4, rate=2.0)
    with pytest.raises(DescriptionError, match="degree 5"):
        polynomial(4, 5)
    with pytest.raises(DescriptionError, match="0 bits"):
        QuantisedMemory(4, 4, bits=0)
    with pytest.raises(DescriptionError, match="domain 'real'"):
        MappedMemory(LinearMemory(10, 4, "unit"), polynomial(4), MemorySpec(4, 4, "unit"))
    memory = DeltaMemory(4, 4)
    with pytest.raises(DescriptionError, match="keys, or a rate"):
        memory.forget()
    with pytest.raises(DescriptionError, match="strength of shape"):
        memory.write(np.eye(4), np.eye(4), strength=[1.0, 2.0])


def test_errors_fall_as_theory_says_when_frequent_words_are_stored():
    """W = sum_x q(x) e_x u_y^T of Zipf's words, exponent 2 (Cabannes et al. 2024, 2310.02984).

    The error falls as d^-1 where the d / 8 most frequent are stored alike, and as d^-1/4 where
    each is stored by its probability.
    """
    words, classes, dims = 1000, 5, np.array([40, 160, 640])
    probability = np.arange(1.0, words + 1) ** -2
    probability /= probability.sum()
    answer = np.arange(words) % classes
    rng = np.random.default_rng(1)
    errors = {"frequent": [], "probable": []}
    for dim in dims:
        wrong = {name: [] for name in errors}
        for _ in range(2400 // dim + 6):  # the noise of few draws is largest where dims are few
            e = rng.standard_normal((words, dim)) / np.sqrt(dim)
            u = random_patterns(rng, classes, dim, "unit")
            gain = {"frequent": (np.arange(words) < dim // 8) * 1.0, "probable": probability}
            for name, strength in gain.items():
                memory = LinearMemory(dim, dim, "real")
                memory.write(e, u[answer], strength=strength)
                found = (graded(memory, e) @ u.T).argmax(1)
                wrong[name].append(probability[found != answer].sum())
        for name in errors:
            errors[name].append(np.mean(wrong[name]))
    slope = {name: np.polyfit(np.log(dims), np.log(errors[name]), 1)[0] for name in errors}
    assert slope["frequent"] == pytest.approx(-1.0, abs=0.1)
    assert slope["probable"] == pytest.approx(-0.25, abs=0.08)


def test_strength_is_the_gain_of_an_outer_product():
    keys, values = pairs(13, 6, 5)
    memory = LinearMemory(5, 5)
    memory.write(keys, values, strength=np.arange(6.0))
    np.testing.assert_allclose(memory.store, (values.T * np.arange(6)) @ keys, atol=1e-5)
