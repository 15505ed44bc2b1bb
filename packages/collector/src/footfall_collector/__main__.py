"""``python -m footfall_collector``: the same as ``footfall-collector``."""

from footfall_collector.cli import main

raise SystemExit(main())
