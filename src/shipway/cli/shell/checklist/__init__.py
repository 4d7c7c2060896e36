"""`shipway check --release`: each of the ten items looks for itself where it can, and asks where it cannot."""
