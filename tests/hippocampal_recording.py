"""Spikes recorded on the board in experiment 1 of the memory's paper: 90 ms, 5 cues, 10 contents.

Times in ms. Facts transcribed from the authors' published table of every population's spikes.
"""

CUE = {0: [0, 1, 2, 30], 3: [20, 21, 22, 60, 61, 62, 70], 4: [10, 11, 12]}
CONTENT = {0: [0, 1, 2, 50], 1: [0, 1, 2, 10, 11, 12, 60, 61, 62], 3: [60, 61, 62],
           4: [20, 21, 22, 50, 60, 61, 62], 5: [10, 11, 12, 20, 21, 22],
           6: [10, 11, 12, 20, 21, 22, 40, 80], 8: [0, 1, 2, 60, 61, 62], 9: [0, 1, 2]}

_A, _B, _C, _D = {0, 1, 8, 9}, {1, 5, 6}, {4, 5, 6}, {1, 3, 4, 8}


def _learnt(first):  # the three learnt sets appear twice each, 2 ms apart
    return {first: _A, first + 2: _A, first + 10: _B, first + 12: _B, first + 20: _C,
            first + 22: _C}


TABLE = {  # population: {ms: neurons}
    "cue_cue": {1: {0}, 3: {0}, 11: {4}, 13: {4}, 21: {3}, 23: {3}, 31: {0}, 61: {3}, 63: {3},
                71: {3}},
    "content_cue": {**_learnt(1), 32: _A, 41: {6}, 51: {0, 4}, 61: _D, 62: {5, 6}, 63: _D, 72: _D,
                    81: {6}},
    "cond": {**_learnt(2), 42: {6}, 52: {0, 4}, 62: _D, 63: {5, 6}, 64: _D, 82: {6}},
    "cond_int": {t: {0} for t in (2, 4, 12, 14, 22, 24, 33, 42, 52, 62, 64, 73, 82)},
    "cue_content": {3: {0}, 5: {0}, 13: {4}, 15: {4}, 23: {3}, 25: {3}, 33: {0}, 44: {3, 4},
                    54: {0, 3}, 63: {3}, 65: {3}, 73: {3}, 84: {4}},
    "content_content": {**_learnt(3), 43: {6}, 53: {0, 4}, 63: _D, 64: {5, 6}, 65: _D, 83: {6}},
    "merge_cue": {4: {0}, 6: {0}, 14: {4}, 16: {4}, 24: {3}, 26: {3}, 34: {0}, 45: {3, 4},
                  55: {0, 3}, 64: {3}, 66: {3}, 74: {3}, 85: {4}},
    "merge_content": {**_learnt(4), 35: _A, 44: {6}, 54: {0, 4}, 64: _D, 65: {5, 6}, 66: _D, 75: _D,
                      84: {6}},
    "output cue": {5: {0}, 7: {0}, 15: {4}, 17: {4}, 25: {3}, 27: {3}, 35: {0}, 46: {3, 4},
                   56: {0, 3}, 65: {3}, 67: {3}, 75: {3}, 86: {4}},
    "output content": {**_learnt(5), 36: _A, 45: {6}, 55: {0, 4}, 65: _D, 66: {5, 6}, 67: _D,
                       76: _D, 85: {6}},
}

COUNTS = {"input cue": 14, "input content": 46, "cue_cue": 10, "content_cue": 42, "cond": 34,
          "cond_int": 13, "cue_content": 15, "content_content": 34, "merge_cue": 15,
          "merge_content": 42, "output cue": 15, "output content": 42}

SENT = {0: [6, 5.97, 0, 0, 0, 0, 0, 0, 6, 6], 3: [0, 5.12, 0, 5.12, 5.11, 0, 0, 0, 5.12, 0.32]}
"""Rows of cue_recall at the end, nA, as the last presynaptic spike left them."""


def by_ms(run, cues=5):
    """Spikes of a run in the table's form, input and output split into cues and contents."""
    out = {}
    for name, spikes in run.spikes.items():
        split = name in ("input", "output")
        for k, i in zip(spikes.step.tolist(), spikes.i.tolist(), strict=True):
            part = f"{name} {'cue' if i < cues else 'content'}" if split else name
            index = i - cues if split and i >= cues else i
            out.setdefault(part, {}).setdefault(k, set()).add(index)
    return out


def mismatches(found):
    """(population, ms, neuron) that are in one of the run and the record and not in the other."""
    wrong = set()
    for name, table in TABLE.items():
        wanted, got = ({(name, k, i) for k, who in t.items() for i in who}
                       for t in (table, found.get(name, {})))
        wrong |= wanted ^ got
    return wrong
