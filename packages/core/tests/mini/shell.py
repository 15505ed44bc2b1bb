"""A shell for Python that runs the cells that it reads, counted as often as the suite asks for."""

import ast
import json
import os
import sys
import traceback


class Shell:
    """Runs cells. Those in ``listeners`` are told when one begins, uses a magic, and ends."""

    def __init__(self):
        self.listeners = []
        self.names = {"shell": self}
        self.magics = {"time": print, "alias": lambda name: self.magics.update({name: print})}

    def run(self, source):
        """Run a cell, and show its error if it has one; a blank one is none."""
        if not source.strip():
            return
        error = None
        self._tell("begins")
        try:
            self._execute(source)
        except BaseException as raised:  # noqa: BLE001 - shown below, as shells do
            error = raised
        self._tell("ends", error)
        if error is not None:
            self.show(error)

    def show(self, error):
        """Show what was raised in a cell, without the shell's own frames."""
        traceback.print_exception(type(error), error, error.__traceback__.tb_next.tb_next)

    def _execute(self, source):
        if source.startswith("%"):
            name, _, text = source[1:].partition(" ")
            magic = self.magics[name]
            self._tell("uses", name)
            magic(text)
        else:
            exec(compile(ast.parse(source), "<cell>", "exec"), self.names)

    def _tell(self, event, *about):
        for listener in self.listeners:
            getattr(listener, event)(*about)


shell = Shell()
for _ in range(int(os.environ.get("FOOTFALL_TESTING_TIMES", "0"))):
    from footfall_shell import instrument

    from footfall import Client

    client = Client("shell", version="1.4.2", endpoint="http://127.0.0.1:9")
    instrument(shell, client, modules=["wave"])

for line in sys.stdin:
    shell.run(json.loads(line))
    for stream in (sys.stdout, sys.stderr):
        print("\x1e", file=stream, flush=True)
