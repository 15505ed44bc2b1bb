"""Errors for authors, raised while a program is being written; a user's run never sees one."""


class FootfallError(Exception):
    """Something an author or operator has to mend: a bad name, endpoint or plan."""


class PlanError(FootfallError):
    """A plan, a client's settings or an instrumented program that cannot be used as declared."""


class WireError(FootfallError):
    """Bytes that are not a report part of this format.

    ``reason`` is one of a fixed set of tokens and holds nothing of what was received.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
