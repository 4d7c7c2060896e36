"""Sources of metrics, one adapter each, loaded by name."""
