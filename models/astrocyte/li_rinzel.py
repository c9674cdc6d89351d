"""Calcium of an astrocyte whose IP3 is given, and what diffuses between neighbours.

Li and Rinzel 1994 (J. Theor. Biol. 166:461), with the parameters of `GCHI`, of which it is the
part for `ca` and `h`. For a sheet of r x c cells, neighbours side by side, connect with
`DistanceDependent("step", 1.0, 1.0, grid(r, c), grid(r, c), self_connections=False)`; `box=(c, r)`
closes it to a torus.
"""

from __future__ import annotations

from ...simulator import NeuronModel, SynapseModel
from ...simulator.units import mmolar, second, umolar
from .gchi import GCHI, NEVER

KEPT = ("h", "omega_c", "omega_l", "c_t", "rho_a", "o_p", "k_p", "o_2", "d_1", "d_2", "d_3", "d_5",
        "c_theta")

LI_RINZEL = NeuronModel(
    "li_rinzel", """
    dca/dt = (omega_c*m_inf**3*h**3 + omega_l)*(c_t - (1 + rho_a)*ca)
             - o_p*ca**2/(ca**2 + k_p**2) + j_ca : mmolar
    dh/dt = o_2*(q_2 + ca)*(q_2/(q_2 + ca) - h) : 1
    m_inf = ip3/(ip3 + d_1)*ca/(ca + d_5) : 1
    q_2 = d_2*(ip3 + d_1)/(ip3 + d_3) : mmolar
    ip3 : mmolar
    j_ca : mmolar/second
    ca_before : mmolar
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
    """,
    threshold="ca > c_theta and ca_before <= c_theta", method="rk4",
    defaults={**{name: GCHI.defaults[name] for name in KEPT}, "ip3": 0.4*umolar,
              "j_ca": 0*mmolar/second, "ca_before": NEVER})
"""State: `ca` and `h`, the share of IP3 receptors not inactivated. `ip3` is a number of the cell.

`j_ca` belongs to CA_DIFFUSION; with BEFORE a passage of `c_theta` upwards is an event.
"""

CA_DIFFUSION = SynapseModel(
    "diffusion of calcium", "d : 1/second\n"
    "j_ca_post = d*(ca_pre - ca_post) : mmolar/second (summed)", defaults={"d": 0.05/second})
"""Between cells of LI_RINZEL, one direction: connect both ways."""

IP3_DIFFUSION = SynapseModel(
    "diffusion of ip3", "d : 1/second\n"
    "j_gap_post = d*(ip3_pre - ip3_post) : mmolar/second (summed)", defaults={"d": 0.1/second})
"""Between cells of GCHI, in place of GAP_JUNCTION: in proportion, without a threshold."""
