"""The demo: a shop, users, and releases that go well and badly. It runs from the installed wheel alone."""
