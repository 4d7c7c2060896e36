"""`shipway demo`."""


def demo() -> int:
    """Watch it work: a small shop under load, good and bad releases, and what users noticed.

    Everything runs on this machine, in a folder of its own, on free ports, and is gone
    afterwards; nothing else is needed and no service of yours is touched.

    Examples:
        shipway demo

    Then:
        `shipway init` in your application's folder begins with your own.
    """
    from shipway.demo.run import demo as played

    return played()
