"""``python -m nnrecipes``."""

import sys

from nnrecipes.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
