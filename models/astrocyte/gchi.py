"""Astrocytes as cells: glutamate opens receptors, IP3 rises, calcium is set free, transmitter.

The G-ChI model (De Pitta et al. 2009, J. Biol. Phys. 35:383; Li and Rinzel 1994, J. Theor. Biol.
166:461) as Stimberg, Goodman, Brette and De Pitta 2019 (bioRxiv 198366) write it down, whose
parameters are the defaults. An astrocyte is a neuron in the sense of the simulator: its "spike" is
the release of gliotransmitter when calcium passes `c_theta` upwards.
"""

from __future__ import annotations

from dataclasses import replace

from ...simulator import NeuronModel, SynapseModel
from ...simulator.units import mmolar, second, umolar

CELL = """
dgamma_a/dt = o_n*y_s*(1 - gamma_a) - omega_n*(1 + zeta*ca/(ca + k_kc))*gamma_a : 1
dip3/dt = o_beta*gamma_a + j_delta - j_3k - omega_5p*ip3 + j_ex + j_gap : mmolar
dca/dt = (omega_c*m_inf**3*h**3 + omega_l)*(c_t - (1 + rho_a)*ca)
         - o_p*ca**2/(ca**2 + k_p**2) : mmolar
dh/dt = (h_inf - h)/tau_h : 1
dx_a/dt = omega_a*(1 - x_a) : 1
dg_a/dt = -omega_e*g_a : mmolar
j_delta = o_delta/(1 + ip3/kappa_delta)*ca**2/(ca**2 + k_delta**2) : mmolar/second
j_3k = o_3k*ca**4/(ca**4 + k_d**4)*ip3/(ip3 + k_3k) : mmolar/second
j_ex = -f_ex/2*(1 + tanh((abs(ip3 - ip3_bias) - ip3_theta)/ip3_scale))
       *sign(ip3 - ip3_bias) : mmolar/second
m_inf = ip3/(ip3 + d_1)*ca/(ca + d_5) : 1
h_inf = q_2/(q_2 + ca) : 1
tau_h = 1/(o_2*(q_2 + ca)) : second
q_2 = d_2*(ip3 + d_1)/(ip3 + d_3) : mmolar
y_s : mmolar
j_gap : mmolar/second
ca_before : mmolar
ip3_bias : mmolar
o_n : 1/(mmolar*second)
omega_n : 1/second
zeta : 1
k_kc : mmolar
o_beta : mmolar/second
o_delta : mmolar/second
kappa_delta : mmolar
k_delta : mmolar
o_3k : mmolar/second
k_d : mmolar
k_3k : mmolar
omega_5p : 1/second
f_ex : mmolar/second
ip3_theta : mmolar
ip3_scale : mmolar
omega_c : 1/second
omega_l : 1/second
c_t : mmolar
rho_a : 1
o_p : mmolar/second
k_p : mmolar
o_2 : 1/(mmolar*second)
d_1 : mmolar
d_2 : mmolar
d_3 : mmolar
d_5 : mmolar
c_theta : mmolar
rho_e : 1
g_t : mmolar
u_a : 1
omega_a : 1/second
omega_e : 1/second
"""

NEVER = 1e6*mmolar
"""A calcium "before" that is never below the threshold: without BEFORE nothing is released."""

GCHI = NeuronModel(
    "gchi", CELL, threshold="ca > c_theta and ca_before <= c_theta",
    reset="g_a += rho_e*g_t*u_a*x_a; x_a -= u_a*x_a", method="rk4",
    defaults={
        "h": 0.9, "x_a": 1.0, "y_s": 0*mmolar, "j_gap": 0*mmolar/second, "ca_before": NEVER,
        "ip3_bias": 0*umolar, "o_n": 0.3/umolar/second, "omega_n": 0.5/second, "zeta": 10,
        "k_kc": 0.5*umolar, "o_beta": 0.5*umolar/second, "o_delta": 0.6*umolar/second,
        "kappa_delta": 1.5*umolar, "k_delta": 0.1*umolar, "o_3k": 4.5*umolar/second,
        "k_d": 0.7*umolar, "k_3k": 1*umolar, "omega_5p": 0.05/second, "f_ex": 0*umolar/second,
        "ip3_theta": 0.3*umolar, "ip3_scale": 0.05*umolar, "omega_c": 6/second,
        "omega_l": 0.1/second, "c_t": 2*umolar, "rho_a": 0.18, "o_p": 0.9*umolar/second,
        "k_p": 0.05*umolar, "o_2": 0.2/umolar/second, "d_1": 0.13*umolar, "d_2": 1.05*umolar,
        "d_3": 0.9434*umolar, "d_5": 0.08*umolar, "c_theta": 0.5*umolar, "rho_e": 6.5e-4,
        "g_t": 200*mmolar, "u_a": 0.6, "omega_a": 0.6/second, "omega_e": 60/second})
"""An astrocyte. State: `ca`, `ip3` (cytosol), `h` (IP3 receptors not inactivated), `gamma_a`
(glutamate receptors bound), `x_a` (gliotransmitter at hand), `g_a` (gliotransmitter outside).

Three variables belong to couplings: `y_s` (glutamate outside, of SPILLOVER or TERRITORY), `j_gap`
(IP3 from neighbours, of GAP_JUNCTION) and `ca_before` (of BEFORE; without it the cell releases
nothing). `ip3_bias` with `f_ex` > 0 is a patch pipette that holds IP3.
"""

GCHI_NOISY = replace(
    GCHI, name="gchi_noisy", method="euler",
    equations=CELL.replace("dh/dt = (h_inf - h)/tau_h : 1", """
    dh/dt = (h_inf - open)/tau_h*(1 + noise*xi*tau_h**0.5) : 1
    open = clip(h, 0, 1) : 1
    noise : 1""").replace("m_inf**3*h**3", "m_inf**3*open**3"),
    defaults={**GCHI.defaults, "noise": 1.0})
"""The same with channels that open at random (`noise` = 1), by Euler-Maruyama."""

BEFORE = SynapseModel("before", "ca_before_post = ca_pre : mmolar (summed)")
"""One to one from a population of astrocytes to itself: calcium at the end of the step before.

With it a cell releases once each time its calcium passes the threshold upwards.
"""

GAP_JUNCTION = SynapseModel(
    "gap junction for ip3", """
    gap = ip3_pre - ip3_post : mmolar
    j_gap_post = f/2*(1 + tanh((abs(gap) - theta)/scale))*sign(gap) : mmolar/second (summed)
    f : mmolar/second
    theta : mmolar
    scale : mmolar
    """,
    defaults={"f": 0.09*umolar/second, "theta": 0.3*umolar, "scale": 0.05*umolar})
"""IP3 flows to a neighbour once the difference exceeds `theta` (Goldberg et al. 2010, PLoS Comput.
Biol. 6:e1000909). One direction: connect both ways."""

SPILLOVER = SynapseModel(
    "spillover", """
    dy/dt = -omega_y*y : mmolar (clock-driven)
    y_s_post = y : mmolar (summed)
    omega_y : 1/second
    rho_c : 1
    y_t : mmolar
    """,
    on_pre="y += rho_c*y_t", defaults={"omega_y": 40/second, "rho_c": 0.005, "y_t": 500*mmolar})
"""Neurons that an astrocyte listens to: each spike sets the same glutamate free."""
