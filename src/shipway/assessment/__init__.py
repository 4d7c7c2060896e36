"""The risk of a change, from the change itself. Pure: `assess.assess(change, rules)`; adapters read it."""
