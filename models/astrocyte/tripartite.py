"""Synapses that an astrocyte listens to and modulates.

The synapses onto one neuron lie in the territory of one astrocyte. What they share is then a
variable of that neuron: the glutamate they set free (`y_s`, a sum that decays as each part does),
the gliotransmitter around them (`g_a`) and the presynaptic receptors it binds (`gamma_s`). What
differs from synapse to synapse, `u` and `x`, changes at spikes only, so a tripartite synapse costs
time by the spike. Equations: Stimberg, Goodman, Brette and De Pitta 2019 (bioRxiv 198366); De Pitta
et al. 2011 (PLoS Comput. Biol. 7:e1002293).
"""

from __future__ import annotations

from dataclasses import replace

from ...simulator import NeuronModel, SynapseModel
from ...simulator.errors import DescriptionError
from ...simulator.units import mmolar, second


def with_territory(model: NeuronModel) -> NeuronModel:
    """`model` with what the synapses onto it share: `y_s`, `g_a`, `gamma_s`.

    `g_a` belongs to a coupling with TERRITORY; without it the synapses are plain ones.
    """
    if not isinstance(model, NeuronModel):
        raise DescriptionError(f"with_territory of {model!r}: give a NeuronModel, such as "
                               "LIF_COND_EXP")
    return replace(
        model, name=f"{model.name}_in_territory", equations=f"{model.equations}\n" + """
        dy_s/dt = -omega_y*y_s : mmolar
        dgamma_s/dt = o_g*g_a*(1 - gamma_s) - omega_g*gamma_s : 1
        g_a : mmolar
        omega_y : 1/second
        o_g : 1/(mmolar*second)
        omega_g : 1/second
        """,
        defaults={**model.defaults, "y_s": 0*mmolar, "gamma_s": 0.0, "g_a": 0*mmolar,
                  "omega_y": 40/second, "o_g": 1.5e3/mmolar/second, "omega_g": 1/(120*second)})


TERRITORY = SynapseModel(
    "territory", """
    share : 1
    g_a_post = g_a_pre : mmolar (summed)
    y_s_pre = share*y_s_post : mmolar (summed)
    """, defaults={"share": 1.0})
"""From an astrocyte to the neurons whose synapses it covers, both ways.

The astrocyte sees the sum of `share` times the glutamate of each neuron; `share` = 1 / (synapses in
the territory) makes that the mean over synapses, which is what the source takes.
"""


def tripartite(target: str, unit: str = "siemens") -> SynapseModel:
    """Short-term plasticity whose release probability the astrocyte of the target sets.

    At a spike u += U0 (1 - u), r = u x is released, x -= r, with U0 = (1 - gamma_s) u0 +
    alpha gamma_s: gliotransmission lowers release for alpha < u0 and raises it above. `w` is what
    a release of 1 adds to `target`. The target neuron must be `with_territory`.
    """
    return SynapseModel(
        f"tripartite to {target}", f"""
        w : {unit}
        du/dt = -omega_f*u : 1
        dx/dt = omega_d*(1 - x) : 1
        r : 1
        u0 : 1
        alpha : 1
        rho_c : 1
        y_t : mmolar
        omega_f : 1/second
        omega_d : 1/second
        """,
        on_pre=f"""
        now = (1 - gamma_s_post)*u0 + alpha*gamma_s_post
        u += now*(1 - u)
        r = u*x
        x -= r
        {target}_post += w*r
        y_s_post += rho_c*y_t*r
        """,
        defaults={"u": 0.0, "x": 1.0, "r": 0.0, "u0": 0.6, "alpha": 0.0, "rho_c": 0.005,
                  "y_t": 500*mmolar, "omega_f": 3.33/second, "omega_d": 2/second})
