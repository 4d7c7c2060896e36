"""CEL text as Python's syntax tree.

Tokens of CEL become tokens of Python that bind alike, so that Python's parser, which is written in C, finds the
structure: `&&` is `and`, `||` is `or`, and `!` is `~`, which binds as tightly as it does in CEL. `a ? b : c`
becomes `a if b else c`, which has the same grammar in the same places; the compiler reads its parts as CEL means
them. Each name gets a prefix, because `user.class` is a name in CEL. The columns of both texts are kept side by
side for errors.
"""

import ast
import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import NoReturn

LENGTH_MAX = 10_000
TOKENS_MAX = 2_000
DEPTH_MAX = 32
"""Brackets in brackets, and signs in a row."""
PREFIX = "_"

TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
    |(?P<raw>[rR](?:"[^"\\\n]*(?:\\[^\n][^"\\\n]*)*"|'[^'\\\n]*(?:\\[^\n][^'\\\n]*)*'))
    |(?P<string>"[^"\\\n]*(?:\\[^\n][^"\\\n]*)*"|'[^'\\\n]*(?:\\[^\n][^'\\\n]*)*')
    |(?P<number>(?:[0-9]+\.[0-9]+(?:[eE][-+]?[0-9]+)?|[0-9]+(?:[eE][-+]?[0-9]+)?)(?![A-Za-z0-9_]))
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<sign>&&|\|\||==|!=|<=|>=|[-+*/%!<>().,?:\[\]])""",
    re.VERBOSE,
)
SIGNS = {"&&": "and", "||": "or", "!": "~", "?": "if", ":": "else"}
WORDS = {"true": "True", "false": "False", "null": "None", "in": "in"}
FIXES = {
    "=": "Write == to compare.",
    "&": "Write && for and.",
    "|": "Write || for or.",
    "{": "Mappings are not written in rules; compare what is in them, one by one.",
}
ESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|([abfnrtv\\\"'`?])|(.))",
    re.DOTALL,
)
PLAIN = dict(zip("abfnrtv\\\"'`?", "\a\b\f\n\r\t\v\\\"'`?", strict=True))


class RuleError(ValueError):
    """A rule that cannot be understood; `column` counts from 0."""

    def __init__(self, what: str, *, column: int, fix: str) -> None:
        super().__init__(what)
        self.what, self.column, self.fix = what, column, fix


@dataclass(frozen=True)
class Parsed:
    """A rule's tree, and where its parts stand in the rule."""

    tree: ast.expr
    ours: tuple[int, ...]
    """The column of each token in the text for Python."""
    theirs: tuple[int, ...]
    """The column of the same token in the rule."""

    def column(self, node: ast.expr) -> int:
        """Where a node begins in the rule."""
        return self.theirs[max(0, bisect_right(self.ours, node.col_offset) - 1)]


def parse(rule: str) -> Parsed:
    """The tree of a rule. Raises `RuleError`."""
    if len(rule) > LENGTH_MAX:
        raise RuleError(f"it has {len(rule)} characters", column=0, fix=f"Write at most {LENGTH_MAX:,} of them.")
    text, ours, theirs = _translated(rule)
    if not text:
        _fail_syntax(rule, 0)
    try:
        tree = ast.parse(f"({text})", mode="eval").body
    except RecursionError as error:
        raise RuleError("it nests too deeply", column=0, fix="Divide it into several rules.") from error
    except SyntaxError as error:
        offset = max(0, bisect_right(ours, (error.offset or 1) - 1) - 1)
        _fail_syntax(rule, theirs[offset] if theirs else 0)
    return Parsed(tree, ours, theirs)


def _fail_syntax(rule: str, column: int) -> NoReturn:
    near = rule[column : column + 12].strip()
    what = f"it cannot be read at `{near}`" if near else "it is empty"
    raise RuleError(what, column=column, fix="Write a comparison such as user.region == 'us-west'.")


def _translated(rule: str) -> tuple[str, tuple[int, ...], tuple[int, ...]]:
    """The text for Python, and the columns of its tokens in both; one bracket stands before it."""
    parts: list[str] = []
    ours: list[int] = []
    theirs: list[int] = []
    column, depth, signs, at = 1, 0, 0, 0
    is_operand = False
    while at < len(rule):
        found = TOKEN.match(rule, at)
        if found is None or len(parts) >= TOKENS_MAX:
            _fail_token(rule, at, is_long=found is not None)
        token = found.group()
        if found.lastgroup != "space":
            depth += (token in ("(", "[")) - (token in (")", "]"))
            signs = signs + 1 if token in ("!", "-") else 0
            if depth < 0 or depth > DEPTH_MAX or signs > DEPTH_MAX:
                _fail_depth(depth, at)
            if is_operand and found.lastgroup != "sign" and token != "in":
                _fail_syntax(rule, at)
            is_operand = found.lastgroup != "sign" and token != "in"
            made = _python(found, at)
            ours.append(column)
            theirs.append(at)
            parts.append(made)
            column += len(made) + 1
        at = found.end()
    return " ".join(parts), tuple(ours), tuple(theirs)


def _fail_token(rule: str, at: int, *, is_long: bool) -> NoReturn:
    if is_long:
        raise RuleError(
            f"it has more than {TOKENS_MAX:,} words and signs", column=at, fix="Divide it into several."
        )
    sign = rule[at]
    if sign in "\"'":
        raise RuleError("a quote is not closed", column=at, fix="Close the quote; texts stay on one line.")
    fix = FIXES.get(sign, "docs/guides/feature-flags.md says which part of CEL is understood.")
    raise RuleError(f"`{sign}` is not understood", column=at, fix=fix)


def _fail_depth(depth: int, at: int) -> NoReturn:
    if depth < 0:
        raise RuleError("a bracket closes that never opened", column=at, fix="Remove it.")
    raise RuleError(f"it nests deeper than {DEPTH_MAX} levels", column=at, fix="Divide it into several rules.")


def _python(found: re.Match[str], at: int) -> str:
    token = found.group()
    match found.lastgroup:
        case "string":
            return ascii(_unescaped(token[1:-1], at))
        case "raw":
            return ascii(token[2:-1])
        case "number":
            return _number(token)
        case "name":
            return WORDS.get(token, PREFIX + token)
        case _:
            return SIGNS.get(token, token)


def _number(token: str) -> str:
    """Leading zeros mean nothing in CEL, and are an error in Python."""
    return token.lstrip("0") or "0" if token.isdigit() else f"{float(token)!r}".replace("inf", "1e999")


def _unescaped(text: str, at: int) -> str:
    if "\\" not in text:
        return text

    def plain(found: re.Match[str]) -> str:
        two, four, eight, octal, letter, unknown = found.groups()
        code = int(two or four or eight or "0", 16) if not octal else int(octal, 8)
        if unknown or code > 0x10FFFF or 0xD800 <= code < 0xE000:
            fix = "Write \\\\ for a backslash, or r'...' for a pattern."
            raise RuleError(f"`{found.group()}` is no escape", column=at + 1 + found.start(), fix=fix)
        return PLAIN[letter] if letter else chr(code)

    return ESCAPE.sub(plain, text)
