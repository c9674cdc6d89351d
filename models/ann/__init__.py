"""Memories of artificial networks, behind the protocol of `models.memory`. One file each.

Matrices: `linear`, `delta`, `ridge`, `quantised`, over maps of keys in `features`. Networks of +-1
units: `hopfield`, `pseudo_inverse`, `dense`, `dense_associative`, `sdm`; of flags: `willshaw`,
`clique`. Stored pairs: `keyvalue` (attention, modern Hopfield) with its `separation`, `camelot`,
`larimar`, `lattice`, `three_store`. Made of other memories: `hops`, `routed`, `window`, `replay`.
"""
