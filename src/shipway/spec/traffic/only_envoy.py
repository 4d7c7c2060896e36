"""Options that only Envoy has, said where another proxy was chosen."""

from collections.abc import Mapping

from shipway.spec.problems import Wrong


def refuse(written: object, meanings: Mapping[str, str]) -> object:
    """What was written. Raises `Wrong` for the first key among `meanings`, which say what that means here."""
    for key in written if isinstance(written, Mapping) else ():
        if key in meanings:
            raise Wrong(
                meanings[key],
                why=f"`{key}` is an option of Envoy's.",
                fix=f"Remove it, or write `traffic: {{envoy: {{{key}: …}}}}`.",
                at=(key,),
            )
    return written
