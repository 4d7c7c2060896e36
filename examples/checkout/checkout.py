"""The shop, started as any program: `python checkout.py --port 8001 --version 1.8.2`.

It is part of the package, so that the demo runs from an installation alone.
"""

from shipway.demo.app.checkout import main

if __name__ == "__main__":
    main()
