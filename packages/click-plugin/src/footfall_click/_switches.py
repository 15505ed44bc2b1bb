"""Several options of one name, as Click's feature switches are. Warm: few programs have them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def which_of(params: list[Any], value: object) -> Any:
    """Which of several parameters of one name set ``value``: the switch that declares it, or the only one without."""
    switches = [param for param in params if getattr(param, "is_flag", False)]
    fitting = [param for param in switches if type(param.flag_value) is type(value) and param.flag_value == value]
    rest = fitting or [param for param in params if param not in switches]
    return rest[0] if len(rest) == 1 else None
