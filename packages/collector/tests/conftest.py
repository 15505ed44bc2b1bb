"""What several tests of the collector share: parts, an application in this process, and a collector process."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))  # for the modules beside this one: test folders are no packages

import population
from parts import JSON, TODAY

from footfall.vocabulary import Vocabulary
from footfall_collector import counters, create_app
from footfall_collector.sqlite import SqliteStore

_QUIET = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]}
settings.register_profile("here", **_QUIET)
settings.register_profile("ci", derandomize=True, database=None, **_QUIET)
settings.load_profile("ci" if "CI" in os.environ else "here")


class Site:
    """The application in this process, over a store in a file, with a clock that is set by hand."""

    def __init__(self, path, *, k=5, plans=None, retired=(), months=25):
        self.today = TODAY
        self.path = path
        self.store = SqliteStore(str(path), lambda: self.today, months)
        self.store.open()
        self.loop = asyncio.new_event_loop()
        vocabulary = Vocabulary.from_document(population.PLAN)
        plans = plans or {population.PROJECT: [vocabulary]}
        self.app = create_app(self.store, plans, k=k, clock=lambda: self.today, retired=retired)
        transport = httpx.ASGITransport(self.app)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://collector")

    def run(self, awaitable):
        """Run in the loop that the store belongs to; what never ends fails."""
        return self.loop.run_until_complete(asyncio.wait_for(awaitable, 60))

    def get(self, path, **options):
        """GET."""
        return self.run(self.client.get(path, **options))

    def post(self, part, **options):
        """Post a part (a dict) or any bytes."""
        body = part if isinstance(part, bytes) else json.dumps(part).encode()
        return self.run(self.client.post("/v1/reports", content=body, **{"headers": JSON, **options}))

    def count(self, parts):
        """Count parts past the door; whether each was counted."""

        async def all_of_them():
            return await asyncio.gather(*map(self.store.count, parts))

        return self.run(all_of_them())

    def is_empty(self):
        """Whether no counter has a row."""
        with closing(sqlite3.connect(self.path)) as connection:
            rows = [connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] for table in counters.TABLES]
        return not any(rows)

    def chart(self, name, **query):
        """A chart's document."""
        answer = self.get(f"/api/projects/{population.PROJECT}/charts/{name}.json", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def close(self):
        """End; a second time does nothing."""
        if self.loop.is_closed():
            return
        self.run(self.client.aclose())
        self.store.close()
        self.loop.close()


@pytest.fixture
def make_site(tmp_path):
    """Makes sites over files in the test's folder; their ends are seen to."""
    sites = []

    def make(name="footfall.db", **options):
        sites.append(Site(tmp_path / name, **options))
        return sites[-1]

    yield make
    for site in sites:
        site.close()


@pytest.fixture
def site(make_site):
    """One site."""
    return make_site()


class Process:
    """A collector process, started as an operator would; ``code`` runs in it before."""

    def __init__(self, folder, *options, code="pass", **popen):
        self.folder = Path(folder)
        plan = self.folder / "plan.json"
        plan.write_text(json.dumps(population.PLAN))
        store = f"sqlite:///{self.folder / 'footfall.db'}"
        words = ["serve", "--store", store, "--plan", str(plan), "--port", "0", *options]
        self.log = (self.folder / "log").open("ab")
        program = f"import sys; {code}; from footfall_collector.cli import main; sys.exit(main())"
        command = [sys.executable, "-c", program, *words]
        self.child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, **popen)
        line = self.child.stdout.readline().decode()
        assert line.startswith("listening on http://"), (line, (self.folder / "log").read_text())
        self.url = line.removeprefix("listening on ").strip()

    def post(self, part, **options):
        """Post a part; the answer."""
        body = part if isinstance(part, bytes) else json.dumps(part).encode()
        return httpx.post(f"{self.url}/v1/reports", content=body, **{"headers": JSON, **options})

    def stored(self):
        """All bytes that the process has written: store, log of the store, its own output."""
        return b"".join(path.read_bytes() for path in sorted(self.folder.iterdir()) if path.name != "plan.json")

    def end(self):
        """Ask to end; the exit code."""
        self.child.terminate()
        self.child.stdout.close()
        self.log.close()
        return self.child.wait(15)


@pytest.fixture
def start(tmp_path):
    """Starts collector processes over files in the test's folder; those left over are killed."""
    started = []

    def begin(*options, **popen):
        started.append(Process(tmp_path, *options, **popen))
        return started[-1]

    yield begin
    for process in started:
        with suppress(OSError):
            process.child.kill()
        process.child.wait()
        process.child.stdout.close()
        process.log.close()
