"""What a memory is, to be compared: the protocol that spiking and artificial memories share.

`MemorySpec`, `OpCount`, `ReadResult`, `AssociativeMemory` (arrays in, arrays out) and
`SequenceMemory` (a torch layer). Arrays are float64 with a row a pattern, whatever the domain:
`real`; `unit` (rows of norm 1); `bipolar` (-1 and 1); `binary` (0 and 1); `ksparse` (0 and 1 with
`active` ones a row).
"""

from .counting import products
from .ops import NOTHING, OpCount
from .patterns import DOMAINS, check_cues, check_patterns, random_patterns, to_domain
from .protocol import (
    AssociativeMemory,
    CannotDo,
    Need,
    NotWritable,
    ReadResult,
    SequenceMemory,
)
from .spec import Domain, MemorySpec

__all__ = ["DOMAINS", "NOTHING", "AssociativeMemory", "CannotDo", "Domain", "MemorySpec", "Need",
           "NotWritable", "OpCount", "ReadResult", "SequenceMemory", "check_cues",
           "check_patterns", "products", "random_patterns",
           "to_domain"]
