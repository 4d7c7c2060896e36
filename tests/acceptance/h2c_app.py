"""The shop over HTTP/2 without TLS: `h2c_app.py --port 8001 --version 1.8.2`."""

import argparse
import os

from granian import Granian
from granian.constants import HTTPModes, Interfaces

from shipway.demo.app.behaviour import behaviour
from shipway.demo.app.checkout import build

app = build(behaviour(os.environ.get("SHIPWAY_VERSION", "1.8.2"), os.environ))

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int)
    parser.add_argument("--version")
    Granian(
        "h2c_app:app",
        address="127.0.0.1",
        port=parser.parse_args().port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http2,
        log_access=False,
    ).serve()
