"""Footfall for a shell: counts its cells, and which of the known magics they use."""

from __future__ import annotations


def instrument(shell, client, modules=()):
    """Count what ``shell`` runs from now on. A second call changes nothing."""
    if not any(isinstance(listener, Follower) for listener in shell.listeners):
        client.in_notebooks(modules)
        shell.listeners.append(Follower(client.session("console", "terminal")))


class Follower:
    """Told by the shell of each cell. A cell that another one's code runs is part of that one."""

    def __init__(self, session):
        self.session = session
        self.depth = 0
        self.cell = None

    def begins(self):
        """A cell's code is about to run."""
        self.depth += 1
        if self.depth == 1:
            self.cell = self.session.begin()

    def uses(self, magic):
        """A magic is about to run, by the name under which the shell knows it."""
        self.cell.magics.add(magic)

    def ends(self, error):
        """A cell's code has ended."""
        self.depth -= 1
        if self.depth == 0:
            self.cell.end(error)
