"""CEL's macros over lists and mappings: `user.tags.exists(tag, tag == 'beta')` and `all`."""

from collections.abc import Collection, Mapping

from shipway.flags.rules.values import Test, User, Value

ITEMS_MAX = 1_000
"""A longer list cannot be asked, so that nobody's attributes make a rule slow. Macros do not nest."""
LOCAL = "\0item"
"""The item's name among the user's attributes, which no code can pass."""
STOPS = {"exists": True, "all": False}
"""The answer for one item that is the answer for all."""


def quantified(name: str, whole: Value, test: Test) -> Test:
    """`||` or `&&` over all items: what decides alone does, whatever cannot be answered for other items."""
    stops = STOPS[name]

    def ask(user: User) -> bool | None:
        items = whole(user)
        if not isinstance(items, Mapping | list | tuple | set | frozenset) or len(items) > ITEMS_MAX:
            return None
        return _over(items, {**user}, test, stops=stops)

    return ask


def _over(items: Collection[object], scope: dict[str, object], test: Test, *, stops: bool) -> bool | None:
    answer: bool | None = not stops
    for item in items:
        scope[LOCAL] = item
        found = test(scope)
        if found is stops:
            return stops
        if found is None:
            answer = None
    return answer
