"""``python -m footfall`` is the ``footfall`` program."""

import sys

from footfall.cli import main

if __name__ == "__main__":
    sys.exit(main())
