"""Warnings are errors here, but not those of a Typer that uses what a newer Click gives up."""


def pytest_configure(config):
    """Let an old Typer be imported beside a newer Click."""
    config.addinivalue_line("filterwarnings", "ignore:.*will be removed in Click:DeprecationWarning")
