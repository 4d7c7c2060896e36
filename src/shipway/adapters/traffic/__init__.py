"""Data planes, one adapter each, loaded by name. All pass the contract suite in `tests/contract/traffic.py`."""
