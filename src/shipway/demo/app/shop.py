"""What the shop sells, and what an order costs."""

import json
from dataclasses import dataclass
from string import Template

PRICES_CENTS = {"tea": 450, "coffee": 790, "mug": 1200}
QUANTITY_MAX = 100

PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Checkout $version</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; color: #1b1f24; background: #fafafa }
header { background: $colour; color: #fff; padding: 1rem 2rem }
main { max-width: 40rem; padding: 1rem 2rem }
td { padding: .25rem 2rem .25rem 0 }
</style>
</head>
<body>
<header><h1>The corner shop</h1>Checkout $version</header>
<main><table>$rows</table></main>
</body>
</html>
""")
COLOURS = {"1.8": "#1f5fbf", "1.9": "#1a7f4b"}
OTHER_COLOUR = "#8a3ffc"


class BadOrder(ValueError):
    """Not an order; its text may be shown to the customer."""


@dataclass(frozen=True, slots=True)
class Item:
    """So many of one thing."""

    sku: str
    quantity: int

    @property
    def cents(self) -> int:
        """What they cost together."""
        return PRICES_CENTS[self.sku] * self.quantity


def parse_order(body: bytes) -> tuple[Item, ...]:
    """`{"items": [{"sku": "tea", "quantity": 2}]}`; raises `BadOrder`."""
    try:
        items = json.loads(body)["items"]
        order = tuple(Item(str(item["sku"]), int(item.get("quantity", 1))) for item in items)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadOrder('an order looks like {"items": [{"sku": "tea", "quantity": 2}]}') from error
    for item in order:
        _check(item)
    return order


def _check(item: Item) -> None:
    if item.sku not in PRICES_CENTS:
        raise BadOrder(f"we sell {', '.join(PRICES_CENTS)}, not {item.sku}")
    if not 1 <= item.quantity <= QUANTITY_MAX:
        raise BadOrder(f"a quantity is between 1 and {QUANTITY_MAX}")


def receipt(order: tuple[Item, ...], version: str) -> dict[str, object]:
    """What the customer gets for an order."""
    lines = [{"sku": item.sku, "quantity": item.quantity, "cents": item.cents} for item in order]
    return {
        "items": lines,
        "total_cents": sum(item.cents for item in order),
        "currency": "EUR",
        "version": version,
    }


def page(version: str) -> str:
    """The front page; each version has a colour, so that a switch can be seen."""
    rows = "".join(f"<tr><td>{sku}<td>{cents / 100:.2f} EUR" for sku, cents in PRICES_CENTS.items())
    colour = COLOURS.get(".".join(version.split(".")[:2]), OTHER_COLOUR)
    return PAGE.substitute(version=version, rows=rows, colour=colour)
