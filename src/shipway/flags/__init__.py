"""Feature flags in one process: `FeatureFlags()`. What an application embeds is small and loads nothing heavy."""

from shipway.flags.client import FeatureFlags
from shipway.flags.explaining import Explanation

__all__ = ["Explanation", "FeatureFlags"]
