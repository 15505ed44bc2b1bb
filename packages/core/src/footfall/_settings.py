"""What is wrong with a client's settings, in words for its author."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING

from footfall.errors import PlanError

if TYPE_CHECKING:
    from footfall import Client


def explain_notebooks(client: Client) -> None:
    """Raise the error that says why a client cannot count notebook sessions.

    Raises:
        PlanError: always.
    """
    if client.commands is not None:
        raise PlanError(
            f"{client.project} counts the runs of a program: notebooks take a Client of their own, with another project"
        )
    raise PlanError("modules: a list of names is expected, as in ['mylib.plot']")


def explain_calls(module: object) -> None:
    """Raise the error that says why calls cannot be counted.

    Raises:
        PlanError: always.
    """
    if not isinstance(module, ModuleType):
        raise PlanError(f"instrument_module: a module is expected, as in sys.modules[__name__], not {module!r}")
    raise PlanError("library.call: its one field is made of the functions' names; declare it without fields")


def explain(client: Client, endpoint: str | None) -> None:
    """Raise the error that says which setting cannot be used.

    Raises:
        PlanError: always.
    """
    from footfall import is_safe  # that module fetches this one
    from footfall.plan import Plan
    from footfall.wire import SAMPLES

    if client.consent not in ("ask", "notice", "opt-in"):
        raise PlanError(f"consent {client.consent!r}: 'ask', 'notice' or 'opt-in'")
    if client.delay not in ("", "next-day"):
        raise PlanError(f"delay {client.delay!r}: '' or 'next-day'")
    if type(client.sample) not in (int, float) or client.sample not in (1, *SAMPLES):
        raise PlanError(f"sample {client.sample!r}: 1, or one of {', '.join(map(str, SAMPLES))}")
    if client.plan is not None and not isinstance(client.plan, Plan):
        raise PlanError(f"plan {client.plan!r}: footfall.Plan([EventType(...), ...]) is expected")
    if not isinstance(client.version, str):
        raise PlanError(f"version {client.version!r}: a string is expected")
    if type(client.retention_months) is not int or client.retention_months < 1:
        raise PlanError(f"retention_months {client.retention_months!r}: a whole number of months, at least 1")
    if endpoint is not None and not is_safe(endpoint):
        raise PlanError(f"endpoint {endpoint!r}: {_expected(endpoint)}")
    raise PlanError(
        f"project {client.project!r}: at most 64 lower case letters, digits and . _ -, a letter or digit first,"
        " and not .notebook at its end"
    )


def _expected(endpoint: str) -> str:
    scheme = endpoint.partition(":")[0]
    if scheme == "posthog" and "/phx_" in endpoint:
        return "a key that begins with phx_ is a person's own and secret; the project's begins with phc_"
    forms = {
        "posthog": "posthog://us.i.posthog.com/phc_KEY is expected, with the project's key",
        "phonehome": "phonehome://api.phonehome.dev/organisation/repository is expected",
        "file": "file:/absolute/path.jsonl is expected, without blanks or .. in it",
        "console": "console: is expected",
    }
    http = "https:// is expected, or http:// on the loopback; or posthog://, phonehome://, file:/ or console:"
    return forms.get(scheme, http)
