"""`python -m shipway`."""

import sys

from shipway.cli import main

sys.exit(main())
