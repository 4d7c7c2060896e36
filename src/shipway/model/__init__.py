"""The values everyone speaks: frozen, without behaviour, importing nothing of ours.

Values are `msgspec.Struct`s, so that the journal's JSON is checked when it is read and the simulator
can make millions of them. Mappings inside are never changed after construction.
"""
