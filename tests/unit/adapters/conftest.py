"""A home of its own for each test, with a real supervisord that is always shut down."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.process_stand import ProcessStand


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[ProcessStand]:
    stand = ProcessStand(tmp_path)
    yield stand
    stand.close()
