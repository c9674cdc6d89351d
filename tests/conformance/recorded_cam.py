"""What a SpiNNaker board did in the published functional experiment of the hippocampal CAM.

Casanueva-Morato et al. 2024 (Neural Networks 178:106474): 90 ms, 5 cues, 10 contents. Facts of the
recording, neurons by ms; "1,3:0 11:4" is neuron 0 at 1 and 3 ms, neuron 4 at 11 ms.
"""

from __future__ import annotations

CUES = "0:0 1:0 2:0 30:0 20:3 21:3 22:3 60:3 61:3 62:3 70:3 10:4 11:4 12:4"
CONTENTS = ("0,1,2:0,1,8,9 50:0 10,11,12:1,5,6 60,61,62:1,3,4,8 20,21,22:4,5,6 50:4 40,80:6")

RECORDED = {
    "cue_cue": "1,3:0 11,13:4 21,23:3 31:0 61,63:3 71:3",
    "content_cue": "1,3:0,1,8,9 11,13:1,5,6 21,23:4,5,6 32:0,1,8,9 41:6 51:0,4 61,63,72:1,3,4,8 "
                   "62:5,6 81:6",
    "cond": "2,4:0,1,8,9 12,14:1,5,6 22,24:4,5,6 42,82:6 52:0,4 62,64:1,3,4,8 63:5,6",
    "cond_int": "2,4,12,14,22,24,33,42,52,62,64,73,82:0",
    "cue_content": "3,5,33:0 13,15,84:4 23,25,63,65,73:3 44:3,4 54:0,3",
    "content_content": "3,5:0,1,8,9 13,15:1,5,6 23,25:4,5,6 43,83:6 53:0,4 63,65:1,3,4,8 64:5,6",
    "merge_cue": "4,6,34:0 14,16,85:4 24,26,64,66,74:3 45:3,4 55:0,3",
    "merge_content": "4,6,35:0,1,8,9 14,16:1,5,6 24,26:4,5,6 44,84:6 54:0,4 64,66,75:1,3,4,8 "
                     "65:5,6",
    "output_cue": "5,7,35:0 15,17,86:4 25,27,65,67,75:3 46:3,4 56:0,3",
    "output_content": "5,7,36:0,1,8,9 15,17:1,5,6 25,27:4,5,6 45,85:6 55:0,4 65,67,76:1,3,4,8 "
                      "66:5,6",
}

RECALL_ROWS = {0: [6, 5.97, 0, 0, 0, 0, 0, 0, 6, 6],
               3: [0, 5.12, 0, 5.12, 5.11, 0, 0, 0, 5.12, 0.32]}
"""Final weights of cue_recall in nA, to two decimals, by cue."""


def spikes(text: str) -> set[tuple[int, int]]:
    """(ms, neuron) of a table above."""
    out = set()
    for part in text.split():
        at, who = ([int(n) for n in side.split(",")] for side in part.split(":"))
        out |= {(k, n) for k in at for n in who}
    return out


def trains(text: str) -> dict[int, list[int]]:
    """Spike times by neuron."""
    out: dict[int, list[int]] = {}
    for k, n in sorted(spikes(text)):
        out.setdefault(n, []).append(k)
    return out
