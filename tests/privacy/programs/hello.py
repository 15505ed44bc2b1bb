"""The program, instrumented."""

import os

import click
from bare import cli

from footfall import Client
from footfall_click import instrument

# What another version, another author or later terms would say.
TERMS = {
    "version": os.environ.get("HELLO_VERSION", "1.4.2"),
    "consent": os.environ.get("HELLO_CONSENT", "ask"),
    "retention_months": int(os.environ.get("HELLO_MONTHS", "25")),
    "consent_version": int(os.environ.get("HELLO_TERMS", "1")),
}
for name in os.environ.get("HELLO_NEW", "").split():
    cli.add_command(click.Command(name, callback=lambda **_: None, params=[click.Option([f"--{name}-more"])]))
client = Client(
    os.environ.get("PROJECT_NAME", "hello"),
    operator="the hello project",
    public=True,
    endpoint="https://usage.example.org",
    **TERMS,
)
instrument(cli, client)


def main():
    """Run the program."""
    cli(prog_name="hello")
