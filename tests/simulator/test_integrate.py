"""Integrators: exact ones against closed forms, the others by their order and against Brian2's."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import engram as eg
from engram import ms

STEP = 0.1  # ms, unless told otherwise


def solve(equations, steps, method="auto", dt=STEP, size=1, seed=0, threshold="", reset="",
          refractory=None, **given):
    """Values after each of `steps` steps, (steps, size) an equation variable; `given` are starts
    and parameters."""
    model = eg.NeuronModel("m", equations, threshold, reset, refractory, method=method)
    kinds = {e.name: e.kind for e in model.parsed}
    initial = {n: v for n, v in given.items() if kinds[n] == "differential"}
    parameters = {n: v for n, v in given.items() if kinds[n] == "parameter"}
    names = [n for n, kind in kinds.items() if kind == "differential"]
    net = eg.Network([eg.Population("p", size, model, parameters, initial)],
                     probes=[eg.StateProbe("p", names)], dt=dt * ms)
    got = eg.simulate(net, steps * dt * ms, backend="reference", seed=seed)
    return {n: got.states["p"].traces[n].values for n in names}


def after(steps, dt=STEP):
    """Times at the ends of the steps, in ms, as a column."""
    return dt * np.arange(1, steps + 1)[:, None]


# -- exact against closed forms, to 1e-12: 50 steps of round-off ---------------------------------
def check(got, expected):
    np.testing.assert_allclose(got, np.broadcast_to(expected, got.shape), rtol=1e-12, atol=1e-14)


def test_one_exponential_to_its_rest():
    t = after(50)
    got = solve("dv/dt = (1.5 - v)/tau : 1\ntau : second", 50, v=-2.0, tau=3 * ms)["v"]
    check(got, 1.5 + (-2.0 - 1.5) * np.exp(-t / 3))


def test_every_neuron_has_its_own_time_constant():
    tau = np.array([0.2, 1.0, 7.0, 1.0])
    got = solve("dv/dt = -v/tau : 1\ntau : second", 50, size=4, v=[1, 2, 3, 4.0], tau=tau * ms)["v"]
    check(got, np.array([1, 2, 3, 4]) * np.exp(-after(50) / tau))


@pytest.mark.parametrize("gap", [0.0, 1e-15, 1e-9, 1e-6])
def test_equal_time_constants_give_t_times_the_exponential(gap):
    t, tau = after(50), 2.0
    got = solve("dv/dt = (g - v)/tau_v : 1\ndg/dt = -g/tau_g : 1\ntau_v : second\ntau_g : second",
                50, v=0.0, g=1.0, tau_v=tau * ms, tau_g=tau * (1 + gap) * ms)["v"]
    limit = t / tau * np.exp(-t / tau)
    # the next term of the difference is at most gap * t/tau relative
    np.testing.assert_allclose(got, limit, rtol=1e-12 + 5 * gap)


def test_a_chain_of_five_equal_stages_is_a_gamma_kernel():
    lines = ["dx0/dt = -x0/tau : 1"] + [f"dx{n}/dt = (x{n - 1} - x{n})/tau : 1"
                                        for n in range(1, 5)]
    got = solve("\n".join([*lines, "tau : second"]), 50, x0=1.0, tau=1 * ms)
    t = after(50)
    for n in range(5):
        check(got[f"x{n}"], t**n / math.factorial(n) * np.exp(-t))


def test_a_singular_matrix_needs_no_special_case():
    t = after(50)
    got = solve("dx/dt = v/ms : 1\ndv/dt = a/ms : 1\na : 1", 50, x=1.0, v=2.0, a=0.5)
    check(got["v"], 2 + 0.5 * t)
    check(got["x"], 1 + 2 * t + 0.25 * t**2)
    check(solve("dv/dt = 3/ms : 1", 50, v=1.0)["v"], 1 + 3 * t)
    check(solve("dv/dt = 0/ms : 1", 50, v=1.0)["v"], 1.0 + 0 * t)


def test_a_rotation_closes():
    t = after(50)
    got = solve("dx/dt = -w*y : 1\ndy/dt = w*x : 1\nw : Hz", 50, x=1.0, y=0.0, w=2 / ms)
    check(got["x"], np.cos(2 * t))
    check(got["y"], np.sin(2 * t))


def test_zero_time_constants_of_no_use_elsewhere_do_not_leak():
    # a rate of zero and a huge one side by side
    got = solve("dv/dt = -v*rate : 1\nrate : Hz", 5, size=2, v=[1, 1.0], rate=[0, 1e6] / ms)["v"]
    assert got[-1].tolist() == [1.0, 0.0]


def test_held_variables_rest_and_the_others_go_on():
    # g decays throughout; v is held for 3 steps after its spike and then follows g from there
    got = solve("dv/dt = (4*g - v)/tau : 1 (unless refractory)\ndg/dt = -g/tau : 1\ntau : second",
                12, "exact", threshold="v > 1", reset="v = 0", refractory=0.3 * ms, v=0.95, g=1.0,
                tau=2 * ms)
    t = after(12)[:, 0]
    check(got["g"][:, 0], np.exp(-t / 2))
    v = got["v"][:, 0]
    assert v[0] == 0.0, "it must fire in step 0 to mean anything"
    assert v[1:4].tolist() == [0, 0, 0]
    since = t[4:] - 0.4
    check(v[4:], 4 * np.exp(-0.4 / 2) * since / 2 * np.exp(-since / 2))


def test_a_free_variable_sees_a_held_one_at_rest():
    # u follows v; while v is held at 0, u decays on its own
    got = solve("dv/dt = 2/ms : 1 (unless refractory)\ndu/dt = (v - u)/tau : 1\ntau : second",
                4, "exact", threshold="v > 1", reset="v = 0", refractory=0.2 * ms, v=0.9, u=1.0,
                tau=1 * ms)
    first = 1.0 * np.exp(-0.1) + 0.9 * (1 - np.exp(-0.1)) + 2 * (0.1 - 1 + np.exp(-0.1))
    check(got["u"][:3, 0], first * np.exp(-np.array([0, 0.1, 0.2])))


def test_a_changing_drive_is_held_constant_over_the_step():
    model = eg.NeuronModel("m", "dv/dt = (x - v)/tau : 1\nx : 1\ntau : second", method="exact")
    net = eg.Network([eg.Population("p", 1, model, {"tau": 1 * ms}, {"x": 0, "v": 0})],
                     stimuli=[eg.StepCurrent("p", "x", [0, 1] * ms, [1, -1])],
                     probes=[eg.StateProbe("p", "v")], dt=1 * ms)
    d = np.exp(-1.0)
    v = eg.simulate(net, 2 * ms, backend="reference").states["p"].traces["v"].values[:, 0]
    check(v, [1 - d, (1 - d) * d - (1 - d)])


# -- orders of convergence -----------------------------------------------------------------------
OSCILLATOR = ("dx/dt = y/ms : 1\ndy/dt = ((1 - x**2)*y - x + sin(t/ms))/ms : 1")


def van_der_pol():
    exact = solve_ivp(lambda t, s: [s[1], (1 - s[0]**2) * s[1] - s[0] + math.sin(t)], (0, 2),
                      [1.0, 0.0], rtol=1e-12, atol=1e-13)
    return exact.y[0, -1]


@pytest.mark.parametrize(("method", "order"), [("euler", 1), ("heun", 2), ("rk2", 2), ("rk4", 4)])
def test_order_of_convergence(method, order):
    counts = [40, 80, 160]  # the error of rk4 is still above round-off
    errors = [abs(solve(OSCILLATOR, n, method, 2 / n, x=1.0, y=0.0)["x"][-1, 0] - van_der_pol())
              for n in counts]
    slope = -np.polyfit(np.log(counts), np.log(errors), 1)[0]
    assert slope == pytest.approx(order, abs=0.2)


def test_exponential_euler_is_of_first_order_and_exact_where_it_is_linear():
    gate = "dx/dt = (1 - x)*y/ms - x/ms : 1\ndy/dt = -y*x/ms : 1"
    exact = solve_ivp(lambda t, s: [(1 - s[0]) * s[1] - s[0], -s[1] * s[0]], (0, 2), [0.2, 3.0],
                      rtol=1e-12, atol=1e-13).y[0, -1]
    counts = [40, 80, 160]
    errors = [abs(solve(gate, n, "exponential_euler", 2 / n, x=0.2, y=3.0)["x"][-1, 0] - exact)
              for n in counts]
    assert -np.polyfit(np.log(counts), np.log(errors), 1)[0] == pytest.approx(1, abs=0.2)
    got = solve("dv/dt = (2 - v)/tau : 1\ntau : second", 50, "exponential_euler", v=0.0,
                tau=0.05 * ms)["v"]  # a step twice the time constant
    check(got, 2 * (1 - np.exp(-after(50) / 0.05)))
    check(solve("dv/dt = (2 - v)*rate : 1\nrate : Hz", 3, "exponential_euler", v=1.0,
                rate=0 / ms)["v"], np.ones((3, 1)))  # no 0/0 where the rate is zero


# -- noise ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("method", ["euler", "heun", "milstein"])
def test_ornstein_uhlenbeck(method):
    n, tau, sigma, mu = 20_000, 2.0, 1.5, 0.7
    got = solve("dv/dt = (mu - v)/tau + sigma*sqrt(2/tau)*xi : 1\ntau : second\nsigma : 1\nmu : 1",
                100, method, 0.1, n, v=mu, tau=tau * ms, sigma=sigma, mu=mu)["v"][-1]
    # Euler's stationary variance is sigma^2 / (1 - h/2) with h = dt/tau, Heun's within h^2 of 1;
    # after 100 steps the start is forgotten to exp(-10)
    h = 0.1 / tau
    a = {"euler": 1 - h, "milstein": 1 - h, "heun": 1 - h + h * h / 2}[method]
    b = {"euler": 2 * h, "milstein": 2 * h, "heun": 2 * h * (1 - h / 2)**2}[method]
    variance = sigma**2 * b / (1 - a * a)
    assert got.mean() == pytest.approx(mu, abs=4 * math.sqrt(variance / n))
    assert got.var() == pytest.approx(variance, rel=4 * math.sqrt(2 / n))
    assert variance == pytest.approx(sigma**2, rel=0.03)


def test_noise_is_shared_by_symbol_and_independent_between_symbols_and_neurons():
    got = solve("da/dt = xi/ms**0.5 : 1\ndb/dt = xi/ms**0.5 : 1\ndc/dt = xi_c/ms**0.5 : 1", 1,
                "euler", size=10_000, a=0.0, b=0.0, c=0.0)
    np.testing.assert_array_equal(got["a"], got["b"])
    a, c = got["a"][0], got["c"][0]
    assert abs(np.corrcoef(a, c)[0, 1]) < 4 / math.sqrt(10_000)
    assert abs(np.corrcoef(a[1:], a[:-1])[0, 1]) < 4 / math.sqrt(10_000)
    assert a.var() == pytest.approx(STEP, rel=4 * math.sqrt(2 / 10_000))


def geometric(method, dt, steps, size=2000):
    """Mean distance from the exact path of dx = mu x dt + sigma x dW (Ito), and the paths' W."""
    mu, sigma = 0.5, 0.8
    got = solve("dx/dt = mu*x/ms + sigma*x*xi/ms**0.5 : 1\ndw/dt = xi/ms**0.5 : 1\nmu : 1\n"
                "sigma : 1", steps, method, dt, size, x=1.0, w=0.0, mu=mu, sigma=sigma)
    exact = np.exp((mu - sigma**2 / 2) * steps * dt + sigma * got["w"][-1])
    return np.abs(got["x"][-1] - exact).mean()


@pytest.mark.parametrize(("method", "order"), [("euler", 0.5), ("milstein", 1.0)])
def test_strong_order_for_geometric_brownian_motion(method, order):
    counts = [16, 64, 256]
    errors = [geometric(method, 1 / n, n) for n in counts]
    # 2000 paths: the standard error of each mean is about 3 %, of the slope below 0.05
    assert -np.polyfit(np.log(counts), np.log(errors), 1)[0] == pytest.approx(order, abs=0.2)


# -- which method, and what it refuses -----------------------------------------------------------
@pytest.mark.parametrize(("equations", "like"), [
    ("dv/dt = -v/ms : 1", "exact"),
    ("dv/dt = -v*(1 + u)/ms : 1\ndu/dt = -u*v/ms : 1", "exponential_euler"),
    ("dv/dt = (v - v**3)/ms : 1", "rk4"),
    ("dv/dt = -v/ms + xi/ms**0.5 : 1", "euler"),
    ("dv/dt = (sin(t/ms) - v)/ms : 1", "exponential_euler"),  # exact would freeze sin(t)
])
def test_auto_takes_the_best_that_applies(equations, like):
    given = {n: 0.5 for n in "vu" if f"d{n}/dt" in equations}
    np.testing.assert_array_equal(solve(equations, 5, "auto", **given)["v"],
                                  solve(equations, 5, like, **given)["v"])


@pytest.mark.parametrize(("equations", "method", "says"), [
    ("dv/dt = -v**2/ms : 1", "exact", "linear with constant coefficients"),
    ("dv/dt = -v*t/ms**2 : 1", "exact", "linear with constant coefficients"),
    ("dv/dt = -v**2/ms : 1", "exponential_euler", "'v' is not linear"),
    ("dv/dt = xi**2 : 1", "euler", "linearly"),
    ("dv/dt = u*xi/ms**0.5 : 1\ndu/dt = -u/ms : 1", "milstein", "depends on that variable only"),
    ("dv/dt = (xi + xi_b)/ms**0.5 : 1", "milstein", "one noise term"),
])
def test_what_a_method_cannot_treat_is_refused(equations, method, says):
    with pytest.raises(eg.DescriptionError, match=says):
        solve(equations, 1, method)


# -- Brian2's own state updaters -----------------------------------------------------------------
HEUN = """
k1 = dt*f(x, t)
k2 = dt*f(x + k1, t + dt)
x_new = x + 0.5*(k1 + k2)
"""  # Brian2's own `heun` averages the noise gain only and takes the drift from the start


def by_brian2(equations, method, steps, dt, start):
    """The same, by a NeuronGroup of Brian2 with its integrator of that name."""
    import brian2
    method = brian2.ExplicitStateUpdater(HEUN) if method == "heun" else method
    saved = brian2.prefs.codegen.target
    brian2.prefs.codegen.target = "numpy"
    try:
        group = brian2.NeuronGroup(1, equations, method=method, dt=dt * brian2.ms, name="g*",
                                   namespace={"ms": brian2.ms})
        for name, value in start.items():
            setattr(group, name, value)
        monitor = brian2.StateMonitor(group, list(start), True, when="end", dt=dt * brian2.ms)
        brian2.Network(group, monitor).run(steps * dt * brian2.ms)
        return {name: np.asarray(getattr(monitor, name)).T for name in start}
    finally:
        brian2.prefs.codegen.target = saved


LINEAR = "dx/dt = (y - 2*x)/ms : 1\ndy/dt = (1 + x - 3*y)/ms : 1"
GATES = ("dx/dt = (0.3*(1 - x)*exp(-z) - x*z)/ms : 1\ndy/dt = (1 - 2*y)*z/ms : 1\n"
         "dz/dt = -z*(0.1 + x)/ms : 1")
CURVED = "dx/dt = y/ms : 1\ndy/dt = ((1 - x**2)*y - x + sin(t/ms))/ms : 1"


@pytest.mark.parametrize(("equations", "method"), [
    (LINEAR, "exact"), (LINEAR, "euler"), (LINEAR, "rk2"), (LINEAR, "rk4"), (LINEAR, "heun"),
    (GATES, "exponential_euler"), (GATES, "euler"), (GATES, "rk2"), (GATES, "rk4"),
    (GATES, "heun"), (GATES, "milstein"), (CURVED, "euler"), (CURVED, "rk2"), (CURVED, "rk4"),
    (CURVED, "heun"),
])
def test_brian2_takes_the_same_steps(equations, method):
    start = {n: v for n, v in (("x", 0.4), ("y", -0.3), ("z", 0.9)) if f"d{n}/dt" in equations}
    ours = solve(equations, 30, method, **start)
    theirs = by_brian2(equations, method, 30, STEP, start)
    for name in start:  # the two write the same sums in another order
        np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-12, atol=1e-14)
