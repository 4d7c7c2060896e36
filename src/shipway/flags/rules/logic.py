"""What joins tests: CEL's `&&`, `||`, `!` and `?:`. What decides an answer alone does, whatever cannot be answered
beside it; of `?:` only the side that is taken is asked.
"""

from shipway.flags.rules.values import MISSING, Test, User, Value


def every(parts: tuple[Test, ...]) -> Test:
    """`&&`."""
    if len(parts) == 2:
        return _both(*parts)

    def test(user: User) -> bool | None:
        answer: bool | None = True
        for part in parts:
            found = part(user)
            if found is False:
                return False
            if found is None:
                answer = None
        return answer

    return test


def _both(first: Test, second: Test) -> Test:
    def test(user: User) -> bool | None:
        one = first(user)
        if one is False:
            return False
        other = second(user)
        return other if one else None if other is not False else False

    return test


def either(parts: tuple[Test, ...]) -> Test:
    """`||`."""

    def test(user: User) -> bool | None:
        answer: bool | None = False
        for part in parts:
            found = part(user)
            if found is True:
                return True
            if found is None:
                answer = None
        return answer

    return test


def opposite(part: Test) -> Test:
    """`!`."""

    def test(user: User) -> bool | None:
        found = part(user)
        return None if found is None else not found

    return test


def chosen(condition: Test, then: Test, otherwise: Test) -> Test:
    """`condition ? then : otherwise` of tests."""

    def test(user: User) -> bool | None:
        found = condition(user)
        return None if found is None else then(user) if found else otherwise(user)

    return test


def chosen_value(condition: Test, then: Value, otherwise: Value) -> Value:
    """`condition ? then : otherwise` of values."""

    def value(user: User) -> object:
        found = condition(user)
        return MISSING if found is None else then(user) if found else otherwise(user)

    return value


def boolean(value: Value) -> Test:
    """A value that has to be true or false."""

    def test(user: User) -> bool | None:
        found = value(user)
        return found if found is True or found is False else None

    return test


def value_of(test: Test) -> Value:
    """A test as something to compare with."""

    def value(user: User) -> object:
        found = test(user)
        return MISSING if found is None else found

    return value
