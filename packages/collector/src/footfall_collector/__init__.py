"""Footfall's collector: takes report parts, adds them to counters, shows the counters.

Data moves one way through the modules: ``ingest`` (a request) -> ``counters`` (a part's increments) -> ``store`` and
``sqlite`` (one transaction) -> ``charts`` (sums, small groups hidden) -> ``api`` and ``pages``.
"""

from footfall_collector.app import create_app
from footfall_collector.store import Store, StoreError

__all__ = ["Store", "StoreError", "create_app"]
