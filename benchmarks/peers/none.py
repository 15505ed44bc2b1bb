# /// peer
# title = "bare Click"
# records = "-"
# sends = "-"
# ///
import click
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


def main():
    cli()
