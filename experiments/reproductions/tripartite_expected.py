"""What the published programs of figures 2 and 3 give, run by their own simulator (Brian2 2.9)."""

from __future__ import annotations

CELL = ("ca", "ip3", "h", "gamma_a")

FIGURE_2 = {1000: (0.052212, 0.004073, 0.895415, 0.0), 2000: (0.052408, 0.009284, 0.889323, 0.0),
            2500: (0.61993, 1.570235, 0.876203, 0.408197),
            3000: (1.142192, 0.84981, 0.805908, 0.061922),
            4000: (0.76475, 0.076228, 0.671473, 0.001296),
            5000: (0.669315, 0.328488, 0.6123, 0.036808)}
"""ms: values of `CELL`; ca and ip3 in umolar."""

RELEASE = (.6, .3671, .1540, .1035, .0958, .1629, .0429, .0220, .0201, .0199, *(.0198,)*6)
"""At each spike of figure 3, without an astrocyte."""

WEAK = (.1392, .2105, .2191, .1943, .1617, .1462, .1128, .0773, .0507, .0348, .0266, .0229, .0214,
        .0207, .0204, .0202)
"""The same where an astrocyte is held at 0.8 umolar of IP3."""
