"""`shipway flags`."""

from cyclopts import App

PLACES = {
    "list": "flags_looking:list_flags",
    "show": "flags_looking:show",
    "explain": "flags_looking:explain",
    "test": "flags_looking:test",
    "export": "flags_looking:export",
    "set": "flags_changing:set_values",
    "enable": "flags_changing:enable",
    "disable": "flags_changing:disable",
    "ramp": "flags_changing:ramp",
    "kill": "flags_changing:kill",
    "restore": "flags_changing:restore",
    "import": "flags_changing:import_file",
    "serve": "flags_serving:serve",
    "token": "flags_serving:token",
}
"""In the order of the help. Each is loaded when it is asked for."""

flags = App(
    name="flags",
    help="Feature flags of a file or a server: look, explain, change, take back.",
    help_flags=(),
    version_flags=(),
)
for word, place in PLACES.items():
    flags.command(f"shipway.cli.shell.{place}", name=word)
