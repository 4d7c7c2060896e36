"""Compose and stack files, read as they are: one service of them, and what it refers to.

`reading.read` gives the service as values with the project it belongs to; `for_<platform>.py` says what that is in
the words of a release file; `joining.py` puts it there, below what the release file itself says.

https://github.com/compose-spec/compose-spec
"""
