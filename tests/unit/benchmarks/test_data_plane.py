"""The arithmetic of the data plane's benchmark."""

from collections.abc import Callable, Iterator

import pytest

from benchmarks.data_plane import costs, ratio, rounds
from benchmarks.serving import Load, parsed
from shipway.errors import PortError

WRK = """\
Running 2s test @ http://127.0.0.1:1/
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.10ms    1.20ms  20.01ms   93.10%
  Latency Distribution
     50%    0.98ms
     75%    1.30ms
     90%    2.10ms
     99%    1.20s
  51180 requests in 2.02s, 8.79MB read
Requests/sec:  25336.63
"""


def load(cpu_us: float) -> Load:
    return Load(requests=1, seconds=1.0, p50_ms=1.0, p99_ms=1.0, cpu_us=cpu_us)


def growing(start: float, step: float) -> Callable[[], Load]:
    values: Iterator[float] = iter(start + step * number for number in range(1000))
    return lambda: load(next(values))


def test_the_output_of_wrk_is_read_with_its_units() -> None:
    found = parsed(WRK)
    assert (found.requests, found.seconds, found.p50_ms, found.p99_ms) == (51180, 2.02, 0.98, 1200.0)


@pytest.mark.parametrize(
    "line", ["  Non-2xx or 3xx responses: 3", "  Socket errors: connect 0, read 5, write 0, timeout 0"]
)
def test_a_failed_request_fails_the_measurement(line: str) -> None:
    with pytest.raises(PortError, match="failed under load"):
        parsed(f"{WRK}{line}\n")


def test_no_request_at_all_fails_the_measurement() -> None:
    with pytest.raises(PortError):
        parsed(WRK.replace("51180 requests", "0 requests"))


def test_each_round_measures_everybody_once_and_the_first_only_warms_up() -> None:
    found = rounds({"a": growing(0.0, 1.0), "b": growing(10.0, 1.0)}, 3)
    assert {name: [each.cpu_us for each in loads] for name, loads in found.items()} == {
        "a": [1.0, 2.0, 3.0],
        "b": [11.0, 12.0, 13.0],
    }


def test_a_ratio_is_taken_within_each_round() -> None:
    loads = {"a": [load(2.0), load(20.0), load(30.0)], "b": [load(1.0), load(10.0), load(10.0)]}
    assert ratio(loads, "a", to="b") == 2.0


def test_a_setting_is_compared_with_ours_right_before_and_after_it() -> None:
    drifting = growing(100.0, 10.0)
    found = costs(drifting, {"same": drifting}, count=4)
    assert found["same"] == [pytest.approx(1.0)] * 4
