# /// peer
# title = "Footfall, on"
# venv = "footfall"
# wheels = ["core", "click-plugin"]
# env = { HELLO_TELEMETRY = "1", FOOTFALL_ENDPOINT = "{url}" }
# records = "before and after the body: a line each"
# sends = "a process of its own, once a day"
# delivery_app = "_footfall_tokens.py"
# collector = "footfall"
# flush = ["telemetry", "send", "--now"]
# note = "its sender starts once a day; what later runs leave goes with the next day's first run, which `flush` stands for"
# ///
import click
from footfall import Client
from footfall_click import instrument
from hello_common import last_line, say


@click.group()
def cli():
    """Say hello."""


@cli.command()
@click.option("--name", default="world")
@click.option("--count", default=1)
@click.option("--shout", is_flag=True)
def greet(name, count, shout):
    say(name, count, shout)
    last_line()


instrument(cli, Client("hello", version="1.0.0", endpoint="https://usage.example.org"))


def main():
    cli()
