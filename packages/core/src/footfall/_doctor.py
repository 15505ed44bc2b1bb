"""Why nothing arrives: each thing that has to hold for counts to reach their collector, looked at in its order."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from footfall import Client, _plugins, _project, _rules, _sampling, _spawn, _spool, _state, overview, periods
from footfall._places import host_of, sink_of
from footfall._preview import transport_of
from footfall._sending import is_stopped
from footfall._spool import LOCAL
from footfall._state import Last, State
from footfall.errors import FootfallError
from footfall.overview import Status, parts
from footfall.transport import HttpTransport
from footfall.vocabulary import several

ROOM_BYTES = _spool.SPOOL_MAX_BYTES  # free on the disk, for a day's file at most
_AFTER_A_REFUSAL = "its operator has to give the collector this version's plan: `footfall plan`"
_PROXIES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        name: what it is, in a word or two.
        text: how it stands.
        is_fine: whether it lets counts through.
        advice: what to do about it, or when it changes by itself; may be empty.
    """

    name: str
    text: str
    is_fine: bool = True
    advice: str = ""


def examine(status: Status, client: Client | None, *, is_program: bool) -> list[Finding]:
    """What stands between a tool and its collector, first cause first; the collector is asked only where mode is on.

    Args:
        status: what holds for the tool.
        client: the tool's; ``None`` when it has stored none.
        is_program: whether this process is the tool itself, whose way of starting a sender can be looked at.

    Raises:
        OSError: when the tool's folder cannot be read.
    """
    found = list(_consent(status))
    if client is None:
        return [*found, _stops("recorded", "the tool has recorded nothing here yet")]
    if status.mode not in ("on", "local"):
        return found
    state = _state.stored(str(status.folder))
    found += [_folder(status.folder), *_plan(client), _recorded(status, state, client), *_lost(status)]
    if status.mode == "local":
        return found
    sending = _Sending(status.folder, state or State(), client)
    return [*found, *sending.start(is_program=is_program), *sending.waits(), *_waiting(status), *_collector(client)]


def _stops(name: str, text: str, advice: str = "") -> Finding:
    return Finding(name, text, is_fine=False, advice=advice)


def _consent(status: Status) -> Iterator[Finding]:
    text = f"{status.mode}: {status.reason} (rule {status.rule})"
    yield Finding("mode", text, status.mode == "on", status.way_out)
    if status.asks_again:
        advice = "until it has asked, what you agreed to leaves, and the rest as `other` or not at all"
        yield Finding("asks again", status.asks_again, advice=advice)


def _folder(folder: Path) -> Finding:
    there = _project.nearest_that_exists(folder)
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        return _stops("folder", f"{there} cannot be written", "set FOOTFALL_HOME to one that can")
    if shutil.disk_usage(there).free < ROOM_BYTES:
        return _stops("folder", f"the disk of {there} is full")
    return Finding("folder", f"{folder} can be written")


def _plan(client: Client) -> Iterator[Finding]:
    """What is wrong with the plan file that the program ships: no sender can be given its words then."""
    try:
        _spawn.plan_document(client)
    except (FootfallError, OSError, ValueError) as error:
        why = error if isinstance(error, FootfallError) else f"{client.plan_file}: {getattr(error, 'strerror', error)}"
        yield _stops("plan", str(why), "the program's author ships it: without it nothing is sent")


def _recorded(status: Status, state: State | None, client: Client) -> Finding:
    """Whether anything is there: lines that no sender has read, or counts that none has sealed."""
    days = {path.name[:10] for path in _unread(status, state)}
    if status.mode == "local":
        return Finding("recorded", f"on {several(len(days), 'day')}, for your own eyes")
    days |= {*state.days()} if state else set()
    if not days and status.waiting:
        return Finding("recorded", "nothing but what waits, see below")
    if not days:
        return Finding("recorded", "nothing since the last sender", advice="use the tool, and look again")
    text = f"counts of {', '.join(sorted(days))} are kept for the next sender"
    is_held = client.delay == "next-day" and days == {client.today}
    advice = "" if is_held else _next_sender(status.folder, client.today)  # `delay` tells of it
    return Finding("recorded", text, advice=advice)


def _unread(status: Status, state: State | None) -> Iterator[Path]:
    for path in sorted((status.folder / "spool").glob("*.log")):
        is_of_this_mode = path.name.endswith(LOCAL + ".log") == (status.mode == "local")
        if is_of_this_mode and path.stat().st_size > (state.cursors.get(path.name, 0) if state else 0):
            yield path


def _next_sender(folder: Path, today: str) -> str:
    if not (folder / "spool" / f"{today}.sender").exists():
        return "the next run starts today's sender, when its command has ended"
    tomorrow = periods.shift(today, 1)
    return f"today's sender has been; the next starts with the first run of {tomorrow} (UTC), or by hand: `send --now`"


def _lost(status: Status) -> Iterator[Finding]:
    losses = [status.loss(reason) for reason in sorted(status.lost)]
    if losses:
        yield Finding("lost so far", "; ".join(losses))


@dataclass(frozen=True)
class _Sending:
    """How the sender of a tool fares."""

    folder: Path
    state: State
    client: Client

    def start(self, *, is_program: bool) -> Iterator[Finding]:
        """Whether one can be started, and what became of the last."""
        if is_program and not _spawn.has_python():
            yield _stops("sender", "cannot be started: there is no Python beside this program", "send by hand: `send`")
        last = self.state.last
        if last.day:
            is_fine, advice = not (last.failed or last.refused), _AFTER_A_REFUSAL if last.refused else ""
            yield Finding("last sender", f"{last.day}: {_result(last)}", is_fine, advice)
        elif any((self.folder / "spool").glob("*.sender")):
            advice = f"if it does not end: mkdir {self.folder / 'debug'}; the next one says there what went wrong"
            yield _stops("last sender", "was started, and has left no result yet", advice)
        else:
            yield Finding("last sender", "none has been started yet")

    def waits(self) -> Iterator[Finding]:
        """Until when nothing is sent, and why."""
        if is_stopped(self.state, self.client.today):
            who = overview.goes_to(self.client) if sink_of(self.client.endpoint) else "the collector"
            yield _stops("stopped", overview.stop_text(self.state.stopped_until, who))
        first = _rules.first_sending(self.client)
        if self.client.today < first:
            yield _stops("notice", f"it was shown lately: nothing is sent before {first}")
        sample = _sampling.sample_of(self.client)
        if sample:
            advice = "each install draws for itself, anew for each year: the others tell for it"
            yield Finding("sample", sample.text, not sample.why_nothing, advice if sample.why_nothing else "")
        if self.client.delay == "next-day":
            yield Finding("delay", "what runs on a day leaves when that day has ended (UTC)")


def _result(last: Last) -> str:
    told = ((last.delivered, "delivered"), (last.refused, "refused"), (last.failed, "not answered for"))
    words = ", ".join(f"{parts(n)} {word}" for n, word in told if n) or "nothing was sent"
    return f"{words}: {last.why}" if last.why else words


def _waiting(status: Status) -> Iterator[Finding]:
    if status.waiting:
        text = f"{parts(status.waiting)} sealed and not confirmed, since {status.waiting_since}"
        yield _stops("waiting", text, "kept for 45 days, and posted again by each sender")


def _collector(client: Client) -> Iterator[Finding]:
    """Whether a collector answers at the address, with a certificate that holds."""
    if sink_of(client.endpoint):
        yield _sink(client)
        return
    way = transport_of(client, _plugins.installed())
    if way is not None and not isinstance(way, HttpTransport):
        yield Finding("goes to", f"{client.endpoint}, by a plugin, which cannot be asked how it is")
        return
    proxy = next((name for name in _PROXIES if client.environ.get(name)), "")
    by = f", by the proxy in {proxy}" if proxy and client.endpoint.startswith("https") else ""
    why = HttpTransport(client.endpoint).probe()
    if why:
        yield _stops("collector", f"{client.endpoint}{by}: {why}", "what waits leaves when a collector answers there")
    else:
        yield Finding("collector", f"{client.endpoint}{by} answers")


def _sink(client: Client) -> Finding:
    where = overview.goes_to(client)
    kind, folder = sink_of(client.endpoint), Path(host_of(client.endpoint)).parent
    if kind == "file" and not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
        return _stops("goes to", f"{where}: {folder} is no folder that can be written to", "make it, or have it made")
    return Finding("goes to", where if kind in ("file", "console") else f"{where}, which cannot be asked how it is")


def lines(project: str, found: list[Finding]) -> Iterator[str]:
    """The findings as a terminal shows them; the first line says whether anything stands in the way."""
    stopping = [finding.name for finding in found if not finding.is_fine]
    yield f"{project}: " + (f"look at {', '.join(stopping)}" if stopping else "nothing stands in the way")
    for finding in found:
        yield f"  {'ok  ' if finding.is_fine else 'LOOK'}  {finding.name:12} {finding.text}"
        if finding.advice:
            yield f"{'':21}{finding.advice}"
