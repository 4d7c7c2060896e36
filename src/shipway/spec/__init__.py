"""The user's words: `shipway.yaml` and what it means. `load` reads, `revision_of` and `release_of` translate.

`reference.yaml` is documentation, the source of comments and descriptions, and a test fixture at once.
"""
