"""The calls of the gRPC backend that tests ask."""

UNARY, STREAM = "/shop.Shop/Unary", "/shop.Shop/Stream"
TICK_SECONDS = 0.1
"""Between two messages of a stream."""
