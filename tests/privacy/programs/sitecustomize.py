"""Python imports this at its start: a sender is an ordinary person's too, and waits for a file ``gate`` to go."""

import sys

if "footfall.sender" in " ".join(sys.orig_argv):
    import time
    from pathlib import Path

    from footfall import _consent

    _consent.restriction = lambda environ: ""  # as in the program ordinary.py
    folder = next(Path(word) for word in sys.orig_argv[::-1] if Path(word).is_absolute())
    while (folder.parent / "gate").exists():
        time.sleep(0.01)
