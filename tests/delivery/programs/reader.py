"""One sender after the other for a folder, in one process, until somebody closes its standard input; counts aloud."""

import os
import select
import sys
from pathlib import Path

from footfall import _system
from footfall.sender import Sender

folder, now = Path(sys.argv[1]), float(sys.argv[2])
times = 0
while not select.select([sys.stdin], [], [], 0)[0]:
    held = _system.try_lock(str(folder / "lock"))
    if held is not None:  # a detached one may be at work
        Sender(folder, lambda: now).run()
        os.close(held)
        times += 1
        print(times, flush=True)
