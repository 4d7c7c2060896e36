"""Counts of requests for proxies that only log them: a small program reads the lines and keeps the sums.

The proxy writes a line for each request that ended (`lines.py`) to a socket of the program (`__main__.py`), or
into a file that the program reads as it grows (`following.py`). It answers whoever asks with what it has counted
(`tally.py`); `source.py` makes a source of metrics of that. Equal lines are counted before they are read, so a
line costs next to nothing.
"""
