"""`python -m nnstudio` is the program `nnstudio`."""

import sys

from nnstudio.cli import main

sys.exit(main())
