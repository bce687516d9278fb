"""Entry point of `python -m nnstudio`, the same program as `nnstudio`."""

import sys

from nnstudio.cli import main

sys.exit(main())
