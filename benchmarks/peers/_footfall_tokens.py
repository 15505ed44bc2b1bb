"""For the delivery table: the same program, which also records its run's token, as one of the plan's own events.

Footfall sends no free text, so all tokens are words of the plan. The runs of the command itself are counted besides.
"""

import click
from footfall import Choice, Client, EventType, Plan
from footfall_click import instrument
from hello_common import TOKEN, last_line, say

RUNS = {"seq": 100, "out": 100, "kil": 100, "aft": 1, "par": 400}
TOKENS = [f"tok-{situation}-{number:04d}" for situation, most in RUNS.items() for number in range(most)]
told = EventType("run.told", {"token": Choice(*TOKENS)}, why="which of the runs have arrived")
client = Client("hello", version="1.0.0", endpoint="https://usage.example.org", plan=Plan([told]))


@click.group()
def cli():
    """Say hello."""


@cli.command()
@click.option("--name", default="world")
@click.option("--count", default=1)
@click.option("--shout", is_flag=True)
def greet(name, count, shout):
    say(name, count, shout)
    client.record("run.told", token=TOKEN)
    last_line()


instrument(cli, client)


def main():
    cli()
