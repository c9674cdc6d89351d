"""Continual learning: figures by hand, tasks, and what each method promises."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engram.experiments.continual import (
    SIZES,
    TASKS,
    Protocol,
    accuracy,
    backward_transfer,
    chosen_strength,
    forward_transfer,
    ideal,
    omega_all,
    run,
    task_sequence,
)
from engram.experiments.continual.codes import Codebook, bits_for
from engram.experiments.continual.ewc import ElasticWeights, fisher
from engram.experiments.continual.methods import METHODS
from engram.experiments.continual.naive import Naive
from engram.experiments.continual.orthogonal import OrthogonalProjection
from engram.experiments.continual.perceptron import Perceptron
from engram.experiments.continual.replay import Replay, raw_bits
from engram.experiments.continual.tasks import enlarged, validation
from engram.experiments.continual.training import matrix
from engram.experiments.data import Images, MissingDataError
from engram.simulator.errors import DescriptionError

R = [[0.9, 0.2, 0.1], [0.6, 0.8, 0.3], [0.5, 0.7, 1.0]]
TINY = Protocol(2, 1, (32, 16), rate=0.01)


# -- figures by hand --------------------------------------------------------------------------
def test_figures_are_those_worked_out_by_hand() -> None:
    assert accuracy(R) == pytest.approx((0.5 + 0.7 + 1.0) / 3)
    assert backward_transfer(R) == pytest.approx((0.5 - 0.9 + 0.7 - 0.8) / 2)
    assert forward_transfer(R, 0.1) == pytest.approx((0.2 + 0.3) / 2 - 0.1)
    assert omega_all(R, 0.8) == pytest.approx(((0.6 + 0.8) / 2 + (0.5 + 0.7 + 1.0) / 3) / 2 / 0.8)
    assert (accuracy([[0.4]]), backward_transfer([[0.4]]), forward_transfer([[0.4]], 0.1)) == (
        0.4, 0.0, 0.0)
    assert omega_all([[0.4]], 0.8) == pytest.approx(0.5)


@pytest.mark.parametrize("wrong", [[], [0.5], [[0.5, 0.5]], [[1.5]], [[-0.1]], [[np.nan]]])
def test_what_is_no_matrix_of_accuracies_is_refused(wrong: list[object]) -> None:
    with pytest.raises(DescriptionError, match="accuracies"):
        accuracy(wrong)


def test_an_ideal_of_nothing_is_refused() -> None:
    with pytest.raises(DescriptionError, match="ideal accuracy 0"):
        omega_all(R, 0.0)


# -- tasks ------------------------------------------------------------------------------------
def test_permuted_digits_are_the_same_pixels_in_other_orders() -> None:
    found = task_sequence("permuted-digits", seed=3)
    first, second = found.tasks[:2]
    assert len(found.tasks) == 10
    assert first.x.shape == (1437, 64)
    assert first.test_x.shape == (360, 64)
    assert (found.inputs, found.classes, found.levels, found.chance) == (64, 10, 17, 0.1)
    # pixels 0, 32 and 39 of these images are never on: the images are in their own order
    assert first.x[:, [0, 32, 39]].max() == 0.0
    np.testing.assert_array_equal(np.sort(first.x, axis=1), np.sort(second.x, axis=1))
    order = [int(np.flatnonzero((first.x == column[:, None]).all(0))[0]) for column in second.x.T]
    np.testing.assert_array_equal(first.test_x[:, order][:, 5:], second.test_x[:, 5:])
    assert (first.x != second.x).mean() > 0.5
    np.testing.assert_array_equal(first.y, second.y)
    again = task_sequence("permuted-digits", seed=3).tasks[1]
    np.testing.assert_array_equal(again.x, second.x)
    assert (task_sequence("permuted-digits", seed=4).tasks[1].x != second.x).any()


def test_split_digits_show_each_class_in_one_task() -> None:
    found = task_sequence("split-digits", seed=1)
    classes = [set(task.y.tolist()) for task in found.tasks]
    assert [len(c) for c in classes] == [2] * 5
    assert set().union(*classes) == set(range(10))
    assert [set(task.test_y.tolist()) for task in found.tasks] == classes
    assert sum(len(task.y) for task in found.tasks) == 1437


def test_validation_looks_at_no_test_image() -> None:
    found = task_sequence("permuted-digits", size="ci")
    held = validation(found, 0)
    for task, part in zip(found.tasks, held.tasks, strict=True):
        assert len(part.y) + len(part.test_y) == len(task.y)
        rows = {x.tobytes() for x in task.x}
        assert all(x.tobytes() in rows for x in (*part.x, *part.test_x))


def test_enlarging_is_linear_between_pixels() -> None:
    ramp = np.arange(0, 160, 20, dtype=np.uint8)
    images = Images(np.stack([np.tile(ramp, (8, 1)), np.full((8, 8), 7, np.uint8)]),
                    np.zeros(2, np.uint8))
    large = enlarged(images, 15).pixels
    np.testing.assert_array_equal(large[0], np.tile(np.arange(0, 150, 10), (15, 1)))
    np.testing.assert_array_equal(large[1], np.full((15, 15), 7))


def test_unknown_names_are_refused() -> None:
    with pytest.raises(DescriptionError, match="there are permuted-digits, split-digits"):
        task_sequence("permuted-letters")
    with pytest.raises(DescriptionError, match="size 'huge' is not known"):
        task_sequence("permuted-digits", size="huge")
    for wrong, says in (({"method": "sleep"}, "no method 'sleep'; there are naive"),
                        ({"method": "ewc", "network": "bptt"}, "ewc needs derivatives"),
                        ({"method": "naive", "network": "cnn"}, "no network 'cnn'"),
                        ({"method": "replay", "strength": 1}, "unexpected keyword"),
                        ({"method": "replay", "places": 1}, "1 places for 2 tasks")):
        with pytest.raises(DescriptionError, match=says):
            run(**wrong, settings=TINY)


def test_mnist_is_asked_for_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ENGRAM_DATA", raising=False)
    with pytest.raises(MissingDataError, match="engram data fetch mnist --to DIR"):
        run("naive", "permuted-mnist")


def test_a_part_of_mnist_is_used_and_said(tmp_path: Path) -> None:
    folder = tmp_path / "mnist"
    folder.mkdir()
    head = b"\0\0\x08"
    pixels = np.random.default_rng(0).integers(0, 256, (50, 4, 4)).astype(np.uint8)
    (folder / "t10k-images-idx3-ubyte").write_bytes(
        head + b"\3" + np.array(pixels.shape, ">u4").tobytes() + pixels.tobytes())
    (folder / "t10k-labels-idx1-ubyte").write_bytes(
        head + b"\1" + np.array([50], ">u4").tobytes() + bytes(n % 10 for n in range(50)))
    found = task_sequence("permuted-mnist", folder=tmp_path)
    assert found.note == ("mnist: the training images are not here; 40 of the others train, "
                          "10 test")
    assert (len(found.tasks[0].y), len(found.tasks[0].test_y), found.levels) == (40, 10, 256)
    done = run("naive", "permuted-mnist", folder=tmp_path, settings=TINY)
    assert done.note == found.note


# -- methods ----------------------------------------------------------------------------------
def tiny_network(seed: int = 0) -> Perceptron:
    return Perceptron((3, 4, 3), torch.Generator().manual_seed(seed))


def test_fisher_information_is_the_sum_over_samples_and_labels() -> None:
    net, x = tiny_network(), torch.rand(5, 3, generator=torch.Generator().manual_seed(1))
    params = [*net.weights, *net.biases]
    slow = [torch.zeros_like(p) for p in params]
    for sample in x:
        for label in range(3):
            logs = net.layers(sample[None])[1][-1].log_softmax(1)[0]
            slopes = torch.autograd.grad(logs[label], params)
            for total, slope in zip(slow, slopes, strict=True):
                total += logs[label].exp().item() * slope ** 2
    for fast, one in zip(fisher(net, x), slow, strict=True):
        torch.testing.assert_close(fast, one, rtol=1e-5, atol=1e-7)  # float32
        assert one.abs().max() > 1e-3


def test_springs_pull_as_the_derivative_of_their_energy() -> None:
    net, springs = tiny_network(), ElasticWeights(0.7)
    params = [*net.weights, *net.biases]
    stiff = []
    for seed in (1, 2):
        x = torch.rand(5, 3, generator=torch.Generator().manual_seed(seed))
        springs.end(net, x, None)
        latest = [p.detach().clone() for p in params]
        stiff.append(fisher(net, x))
        with torch.no_grad():
            for p in params:
                p += 0.1
    energy = sum(0.35 * (f * (p - a) ** 2).sum() for fs in stiff
                 for f, p, a in zip(fs, params, latest, strict=True))
    wanted = torch.autograd.grad(energy, params)
    for p in params:
        p.grad = torch.zeros_like(p)
    springs.gradients(net)
    for p, want in zip(params, wanted, strict=True):
        torch.testing.assert_close(p.grad, want, rtol=1e-4, atol=1e-7)  # float32, sums of squares
    assert springs.bits == 2 * 32 * (12 + 4 + 12 + 3)


def test_a_codebook_with_a_word_for_everything_loses_nothing() -> None:
    x = (np.random.default_rng(0).integers(0, 4, (50, 6)) / 3).astype(np.float32)
    full = Codebook(x, 2, 16, 4, 0)
    np.testing.assert_allclose(full.decode(full.encode(x)), x, rtol=1e-6)
    assert (full.bits, full.bits_each(6)) == (16 * 2 * 2, 3 * 4)
    losses = []
    for words in (2, 4, 8):
        book = Codebook(x, 2, words, 4, 0)
        losses.append(float(((book.decode(book.encode(x)) - x) ** 2).mean()))
    assert losses[0] > losses[1] > losses[2] > 0.0
    assert losses[0] < x.var()
    assert [bits_for(n) for n in (2, 16, 17, 256)] == [1, 4, 5, 8]


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("coded", [False, True])
def test_replay_keeps_an_equal_share_of_each_task_within_its_bits(coded: bool,
                                                                  whole: bool) -> None:
    memory = Replay(30, 3, 8, 5, 10, 0, coded, whole)
    x = torch.from_numpy((np.random.default_rng(0).integers(0, 5, (200, 8)) / 4).astype("float32"))
    assert memory.mix(x[:4], torch.zeros(4))[0].shape == (4, 8)
    for task in range(3):
        memory.end(None, x, torch.full((200,), task))
        assert memory.bits <= 30 * raw_bits(8, 5, 10) == 30 * (8 * 3 + 4)
        counts = torch.bincount(memory.old_y).tolist()
        assert counts == [counts[0]] * (task + 1)
        if not coded:
            assert counts[0] == (30 // (task + 1) if whole else 10)
    assert (sum(counts) > 30) == coded  # codes of 4 bits for 2 inputs of 3
    rows = {tuple(row) for row in x.tolist()}
    if not coded:
        assert all(tuple(row) in rows for row in memory.old_x.tolist())
    mixed, labels = memory.mix(x[:4], torch.full((4,), 9))
    assert mixed.shape == (8, 8)
    assert labels[:4].tolist() == [9] * 4
    assert set(labels[4:].tolist()) <= {0, 1, 2}


@pytest.mark.parametrize("levels", [0, 40])
def test_projection_leaves_answers_to_kept_activity_alone(levels: int) -> None:
    rng = np.random.default_rng(0)
    net = Perceptron((40, 20, 5), torch.Generator().manual_seed(0))
    basis = np.linalg.qr(rng.normal(size=(40, 4)))[0].T
    x = torch.from_numpy((rng.normal(size=(300, 4)) @ basis).astype(np.float32))
    method = OrthogonalProjection((4, 8), (4, 8), 0, levels)
    method.end(net, x, None)
    before, first = net.layers(x)[1][0].detach(), net.weights[0].detach().clone()
    held = [b.detach().clone() for b in net.biases]
    for p in (*net.weights, *net.biases):
        p.grad = torch.ones_like(p)
    method.gradients(net)
    assert all(float(b.grad.abs().max()) == 0.0 for b in net.biases)
    assert float((x @ net.weights[0].grad.T).abs().max()) < 0.1 * float(x.sum(1).abs().max())
    method.before(net)
    with torch.no_grad():
        for w in (*net.weights, *net.biases):  # as what Adam remembers moves both
            w += torch.randn(w.shape, generator=torch.Generator().manual_seed(1))
    method.after(net)
    assert all(torch.equal(b, was) for b, was in zip(net.biases, held, strict=True))
    change = net.layers(x)[1][0].detach() - before
    moved = (x @ (torch.randn(20, 40, generator=torch.Generator().manual_seed(1))).T)
    # Hebbian learning finds the subspace to a few per cent in so many batches; spiking units
    # see nothing below half a quantum
    assert float(change.norm() / moved.norm()) < (0.02 if levels == 0 else 0.25)
    assert float((net.weights[0].detach() - first).norm()) > 10.0, "the rest is free to learn"
    assert method.bits == 32 * (4 * 40 + 8 * 20)


def test_a_layer_without_room_keeps_what_fits() -> None:
    net, x = Perceptron((6, 5, 2), torch.Generator().manual_seed(0)), torch.rand(50, 6)
    method = OrthogonalProjection((4, 3), (4, 3), 0, batches=3)
    for _ in range(3):
        method.end(net, x, None)
    assert [len(one.h) for one in method.lateral] == [6, 5]


# -- runs -------------------------------------------------------------------------------------
@pytest.mark.parametrize("method", METHODS)
def test_a_run_is_the_same_each_time_and_plain_data(method: str) -> None:
    first, second = (run(method, seed=2, settings=TINY) for _ in range(2))
    np.testing.assert_array_equal(first.R, second.R)
    assert first.R.shape == (2, 2)
    assert first.R[0, 0] > 0.3, "it must learn to mean anything; chance is 0.1"
    plain = json.loads(json.dumps(first.to_dict()))
    assert plain["acc"] == first.acc == accuracy(first.R)
    assert (plain["bits"] == 0) == (method == "naive")


def test_one_optimizer_learns_all_tasks() -> None:
    """The same task twice is that task for twice as many epochs, to the last bit."""
    found = task_sequence("permuted-digits", seed=1)

    def after(tasks: int, epochs: int) -> float:
        net = Perceptron((64, 16, 10), torch.Generator().manual_seed(0))
        some = replace(found, tasks=found.tasks[:1] * tasks)
        return float(matrix(net, Naive(), some, Protocol(tasks, epochs), 0)[-1, -1])

    assert after(2, 1) == after(1, 2)


def test_methods_forget_less_than_nothing_does() -> None:
    settings = Protocol(3, 4)
    found = {m: run(m, "permuted-digits-16", settings=settings, **o) for m, o in (
        ("naive", {}), ("replay", {}), ("ewc", {"strength": 0.01}), ("hlop", {}))}
    for name in ("replay", "ewc", "hlop"):
        assert found[name].bwt > found["naive"].bwt + 0.03, name
    assert found["naive"].bwt < -0.1
    assert ideal("permuted-digits-16", settings=settings) > found["naive"].acc


def test_strengths_are_tried_on_held_out_data() -> None:
    tried = chosen_strength((0.01, 1e4), settings=TINY)
    assert set(tried) == {0.01, 1e4}
    assert tried[0.01] != tried[1e4]


def test_every_task_and_size_has_a_name() -> None:
    assert {"permuted-digits", "split-digits", "permuted-mnist"} <= set(TASKS)
    assert list(SIZES) == ["ci", "std", "full"]
    assert SIZES["std"] == Protocol(10, 20, (128, 128), 32, 1e-3, 12_000)
