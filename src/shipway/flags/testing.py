"""A pytest fixture: flags in memory, which a test turns on and off.

```python
def test_the_new_checkout(feature_flags):
    with feature_flags.override("new-checkout", variant="bold"):
        ...
```
"""

from collections.abc import Iterator

import pytest

from shipway.flags.client import FeatureFlags


@pytest.fixture
def feature_flags() -> Iterator[FeatureFlags]:
    """Flags of no file: each has its default until the test overrides it."""
    yield FeatureFlags.of()
