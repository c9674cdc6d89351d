"""Arrays for compiled loops that take tables apart: without a count of their users.

Numba counts each mention of an array in a tuple, with two atomic operations; in a loop over rows of
some forty synapses that took ten times as long as the synapses.
"""

from __future__ import annotations

from typing import Any

from numba.core import cgutils as untyped_cgutils
from numba.extending import intrinsic as untyped_intrinsic
from numba.np import arrayobj as untyped_arrayobj

cgutils: Any = untyped_cgutils  # Numba's extension interface has no types
arrayobj: Any = untyped_arrayobj
intrinsic: Any = untyped_intrinsic


def _lent(typing: Any, array: Any) -> Any:
    """The same array, which someone else must keep alive."""
    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        made = arrayobj.make_array(signature.args[0])(context, builder, value=args[0])
        made.meminfo = cgutils.get_null_value(made.meminfo.type)
        made.parent = cgutils.get_null_value(made.parent.type)
        return made._getvalue()
    return array(array), build


lent: Any = intrinsic(_lent)
