"""CEL's macros over lists and mappings: `user.tags.exists(tag, tag == 'beta')` and its siblings.

Attributes come from outside, so each macro that stands alone has so many steps for one answer, whatever stands
in it: an item is one, and a long text or list that an item is compared with is as many as it is long.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from typing import cast

from shipway.flags.rules.values import MISSING, Test, User, Value, is_list

ITEMS_MAX = 1_000
"""A longer list cannot be asked."""
STEPS_MAX = 10_000
CHARACTERS_A_STEP = 64
LOCAL = "\0item"
"""An item's name among the user's attributes, with how deep its macro stands."""
STEPS = "\0steps"
"""Where the steps that are left stand, in a list of one."""

Scope = MutableMapping[str, object]


@dataclass(frozen=True, slots=True)
class Loop:
    """What a macro walks through, and what it calls an item."""

    whole: Value
    slot: str
    is_outermost: bool

    def items(self, user: User) -> tuple[Collection[object], Scope] | None:
        """The items, and the attributes that they stand beside; none where there are no such items."""
        found = self.whole(user)
        if not (is_list(found) or isinstance(found, Mapping | set | frozenset)) or len(found) > ITEMS_MAX:
            return None
        scope = {**user, STEPS: [STEPS_MAX]} if self.is_outermost else cast(Scope, user)
        return found, scope

    def each(self, items: Collection[object], scope: Scope) -> Iterator[bool]:
        """Each item in its place; False where no steps are left."""
        for item in items:
            scope[self.slot] = item
            yield _is_left(scope, 1)


def exists(loop: Loop, test: Test) -> Test:
    """`||` over all items."""
    return _quantified(loop, test, stops=True)


def every(loop: Loop, test: Test) -> Test:
    """`&&` over all items."""
    return _quantified(loop, test, stops=False)


def _quantified(loop: Loop, test: Test, *, stops: bool) -> Test:
    """What decides alone does, whatever cannot be answered for other items."""

    def ask(user: User) -> bool | None:
        found = loop.items(user)
        if found is None:
            return None
        answer: bool | None = not stops
        for is_left in loop.each(*found):
            said = test(found[1]) if is_left else None
            if said is stops:
                return stops
            if said is None:
                answer = None
        return answer

    return ask


def exists_one(loop: Loop, test: Test) -> Test:
    """Whether the test holds for one item alone; all have to be answered."""

    def ask(user: User) -> bool | None:
        found = loop.items(user)
        if found is None:
            return None
        count = 0
        for is_left in loop.each(*found):
            said = test(found[1]) if is_left else None
            if said is None:
                return None
            count += said
        return count == 1

    return ask


def mapped(loop: Loop, test: Test, value: Value) -> Value:
    """A list of values, one for each item for which the test holds."""

    def ask(user: User) -> object:
        found = loop.items(user)
        if found is None:
            return MISSING
        made = []
        for is_left in loop.each(*found):
            said = test(found[1]) if is_left else None
            one = value(found[1]) if said else None
            if said is None or one is MISSING:
                return MISSING
            if said:
                made.append(one)
        return made

    return ask


def paid(value: Value) -> Value:
    """The same value, at the cost of its length."""

    def ask(user: User) -> object:
        found = value(user)
        steps = cast(list[int], user[STEPS])
        cost = _length(found, steps[0])
        return found if not cost or _is_left(user, cost) else MISSING

    return ask


def _is_left(scope: User, count: int) -> bool:
    steps = cast(list[int], scope[STEPS])
    steps[0] -= count
    return steps[0] >= 0


def _length(value: object, limit: int) -> int:
    """Of a text, or of a list with all that is in it; counted as far as it matters."""
    if isinstance(value, str):
        return len(value) // CHARACTERS_A_STEP
    if not isinstance(value, Mapping | list | tuple | set | frozenset):
        return 0
    total = len(value)
    for item in value.values() if isinstance(value, Mapping) else value:
        if total > limit:
            break
        total += _length(item, limit - total)
    return total


Quantifier = Callable[[Loop, Test], Test]
QUANTIFIERS: dict[str, Quantifier] = {"exists": exists, "all": every, "exists_one": exists_one}
