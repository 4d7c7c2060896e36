"""The example application that the demo releases: a small shop."""
