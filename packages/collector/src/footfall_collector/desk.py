"""Where pages and API get their figures: the store, the projects, k and the clock, in one place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from starlette.exceptions import HTTPException

from footfall_collector.charts import Source
from footfall_collector.plans import Plans
from footfall_collector.store import Store, StoreError
from footfall_collector.suppress import K_DEFAULT, K_MIN
from footfall_collector.windows import Clock, utc_today


@dataclass(frozen=True)
class Desk:
    """What all that show figures share. Raises ``ValueError`` for a ``k`` that would hide nothing."""

    store: Store
    plans: Plans
    k: int = K_DEFAULT
    clock: Clock = utc_today

    def __post_init__(self) -> None:
        if self.k < K_MIN:
            raise ValueError(f"k is at least {K_MIN}: with less, every install would be a group of its own")

    @contextmanager
    def source(self, project: str) -> Iterator[Source]:
        """One consistent reading of a project. Raises ``HTTPException``: 404 unknown, 503 the store cannot be read."""
        if project not in self.plans:
            raise HTTPException(404)
        try:
            with self.store.reading() as read:
                yield Source(read, project, self.k, self.clock())
        except StoreError:
            raise HTTPException(503, headers={"Retry-After": "60"}) from None
