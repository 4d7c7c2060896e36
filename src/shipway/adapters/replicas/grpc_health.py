"""The question of grpc.health.v1 (github.com/grpc/grpc, doc/health-checking.md), asked without a gRPC library.

Its two messages have one field each, so that their bytes are written out here (protobuf.dev, encoding).
"""

from shipway.adapters.replicas.http2 import Reply, request
from shipway.adapters.replicas.place import Place

PATH = "/grpc.health.v1.Health/Check"
SERVING = 1
STATUSES = {0: "UNKNOWN", 1: "SERVING", 2: "NOT_SERVING", 3: "SERVICE_UNKNOWN"}
UNIMPLEMENTED = "12"
NOT_FOUND = "5"
NAME_BYTES_MAX = 127
PREFIX_BYTES = 5
STATUS_FIELD = 0x08
SERVICE_FIELD = 0x0A


async def problem(place: Place, service: str) -> str:
    """Why the replica does not serve this service; empty when it does. Raises as `request`."""
    headers = [
        (":method", "POST"),
        (":scheme", "http"),
        (":path", PATH),
        ("content-type", "application/grpc"),
        ("te", "trailers"),
        ("user-agent", "shipway-probe"),
    ]
    return _problem(await request(place, headers, _question(service)), service)


def _question(service: str) -> bytes:
    name = service.encode()
    message = bytes((SERVICE_FIELD, len(name))) + name if name else b""
    return b"\0" + len(message).to_bytes(4, "big") + message


def _problem(reply: Reply, service: str) -> str:
    match reply.headers.get("grpc-status"):
        case "0":
            status = _status(reply.body)
            return "" if status == SERVING else STATUSES.get(status, f"status {status}")
        case code if code == UNIMPLEMENTED:
            return "the server has no grpc.health.v1"
        case code if code == NOT_FOUND:
            return f"grpc.health.v1 knows no service {service!r}"
        case None:
            return f"{reply.headers.get(':status', 'no status')} and no gRPC"
        case code:
            return f"grpc-status {code} {reply.headers.get('grpc-message', '')}".rstrip()


def _status(body: bytes) -> int:
    """0 where the field is left out, as protobuf leaves defaults out."""
    message = body[PREFIX_BYTES:]
    return message[1] if len(message) > 1 and message[0] == STATUS_FIELD else 0
