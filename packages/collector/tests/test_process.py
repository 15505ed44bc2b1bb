"""The program as an operator runs it: real processes, real requests, real ends."""

from __future__ import annotations

import hashlib
import json
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from importlib.metadata import version

import httpx
import population
import pytest
from parts import JSON, activity, command, new_key

CANARY = "zq7Canary19xPath"


def today():
    """Today as the collector has it."""
    return datetime.now(timezone.utc).date()


def counted(folder):
    """Installs in the store, opened as a stranger would."""
    connection = sqlite3.connect(folder / "footfall.db")
    try:
        return connection.execute("SELECT COALESCE(SUM(installs), 0) FROM activity").fetchone()[0]
    finally:
        connection.close()


def test_ready_when_it_says_so_and_a_clean_end(start, tmp_path):
    """The line with the address means that a post is answered; SIGTERM ends it with 0 and one file is left."""
    process = start()
    assert process.post(activity(today())).status_code == 202
    assert httpx.get(f"{process.url}/readyz").text == "ready\n"
    assert process.end() == 0
    assert counted(tmp_path) == 1
    assert not list(tmp_path.glob("footfall.db-*"))
    assert (tmp_path / "log").read_bytes() == b""


def test_interrupt_is_a_clean_end_too(start, tmp_path):
    """Ctrl-C ends as SIGTERM does, without a traceback."""
    process = start()
    process.child.send_signal(signal.SIGINT)
    assert process.child.wait(15) == 0
    assert (tmp_path / "log").read_bytes() == b""


def test_reports_in_flight_survive_an_end(start, tmp_path):
    """What was acknowledged up to the moment at which the process was asked to end is in the store."""
    process, accepted = start(), []
    stop = threading.Event()

    def post_on():
        with httpx.Client() as client:
            while not stop.is_set():
                try:
                    answer = client.post(
                        f"{process.url}/v1/reports", content=json.dumps(activity(today())), headers=JSON
                    )
                except httpx.TransportError:
                    return
                if answer.status_code == 202:
                    accepted.append(1)

    threads = [threading.Thread(target=post_on) for _ in range(6)]
    for thread in threads:
        thread.start()
    while len(accepted) < 50:
        time.sleep(0.01)
    assert process.end() == 0
    stop.set()
    for thread in threads:
        thread.join()
    assert counted(tmp_path) >= len(accepted) >= 50


def test_eight_threads_are_counted_exactly(start, tmp_path):
    """400 parts from each of 8 threads at once, each part twice: 3,200 counted, with far fewer commits than parts."""
    process = start()
    parts = [[activity(today()) for _ in range(400)] for _ in range(8)]

    def post_all(mine):
        with httpx.Client() as client:
            return [
                client.post(f"{process.url}/v1/reports", content=json.dumps(part), headers=JSON).status_code
                for part in mine
                for _ in range(1 + (part is mine[-1]))
            ]

    with ThreadPoolExecutor(8) as pool:
        answers = [status for statuses in pool.map(post_all, parts) for status in statuses]
    assert (answers.count(202), answers.count(200)) == (3_200, 8)
    assert process.end() == 0
    assert counted(tmp_path) == 3_200


def test_kill_9_under_load_loses_nothing(start, tmp_path):
    """Killed at any moment, all that was acknowledged is there; all parts posted again make the totals exact."""
    parts = [activity(today()) for _ in range(6_000)]
    for kill_after in (150, 900, 2_500):
        process, accepted, lock = start(), [], threading.Lock()
        before, rest = counted(tmp_path), iter(parts)

        def post_on(process=process, accepted=accepted, lock=lock, rest=rest):
            with httpx.Client() as client:
                while True:
                    with lock:
                        part = next(rest, None)
                    if part is None:
                        return
                    try:
                        answer = client.post(f"{process.url}/v1/reports", content=json.dumps(part), headers=JSON)
                    except httpx.TransportError:
                        return
                    accepted.append((part["key"], answer.status_code))

        threads = [threading.Thread(target=post_on) for _ in range(8)]
        for thread in threads:
            thread.start()
        while len(accepted) < kill_after:
            time.sleep(0.005)
        process.child.kill()
        process.child.wait()
        for thread in threads:
            thread.join()
        assert {status for _, status in accepted} <= {200, 202}
        seen = sqlite3.connect(tmp_path / "footfall.db")
        hashes = {row[0] for row in seen.execute("SELECT hash FROM seen_key")}
        seen.close()
        assert all(hashlib.sha256(key.encode()).digest() in hashes for key, _ in accepted)
        assert counted(tmp_path) == len(hashes) >= before + sum(status == 202 for _, status in accepted)
    process = start()
    with httpx.Client() as client:
        answers = [
            client.post(f"{process.url}/v1/reports", content=json.dumps(part), headers=JSON).status_code
            for part in parts[:3_000]
        ]
    assert set(answers) <= {200, 202}
    assert process.end() == 0
    connection = sqlite3.connect(tmp_path / "footfall.db")
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    keys = connection.execute("SELECT COUNT(*) FROM seen_key").fetchone()[0]
    connection.close()
    assert counted(tmp_path) == keys >= 3_000


def test_an_answer_that_was_lost_counts_once(start, tmp_path):
    """A client that hangs up before the answer, and posts the same bytes again, is counted once."""
    process, body = start(), json.dumps(activity(today())).encode()
    host, port = process.url.removeprefix("http://").split(":")
    head = (
        f"POST /v1/reports HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(head.encode() + body)
    while not counted(tmp_path):
        time.sleep(0.01)
    assert process.post(body).status_code == 200
    assert counted(tmp_path) == 1


def refused_with_canaries():
    """Bodies that are refused, each with the canary somewhere."""
    yield CANARY.encode()
    yield b'{"a":"' + CANARY.encode() * 300 + b'"}'
    yield activity(today(), age=CANARY)
    yield activity(today(), project=CANARY.lower())
    yield activity(today(), **{CANARY: 1})
    yield activity(today(), part=f"{CANARY.lower()}.x")
    yield activity(today() - timedelta(60), key=CANARY)
    yield {**command([(CANARY, "ok", 1)]), "day": str(today())}
    flags = [{"command": "fetch", "flag": f"--{CANARY}", "n": 1, "first_in_week": True}]
    yield {**command([("fetch", "ok", 1)], flags=flags), "day": str(today())}


@pytest.mark.statement(57, 58)
def test_nothing_of_a_refused_report_or_its_sender_is_kept(start, tmp_path):
    """No byte of refused content, of an address, a header or a time of day is in the store, or logged."""
    process = start()
    headers = {**JSON, "user-agent": "zqAgent77", "x-forwarded-for": "203.0.113.77", "cookie": "zqCookie=1"}
    for part in refused_with_canaries():
        assert process.post(part, headers=headers).status_code in (400, 404, 413, 422)
    kept = [activity(today()), {**command([("fetch", "ok", 1)]), "day": str(today())}]
    for part in kept:
        assert process.post(part, headers=headers).status_code == 202
    httpx.get(f"{process.url}/{CANARY}?{CANARY}", headers=headers)
    with socket.create_connection(tuple(process.url.removeprefix("http://").split(":"))) as connection:
        connection.sendall(f"{CANARY} nonsense\r\n\r\n".encode())
        connection.recv(1000)
    now = datetime.now(timezone.utc)
    for stage in ("running", "ended"):
        if stage == "ended":
            assert process.end() == 0
        stored = process.stored().lower()
        words = [
            CANARY,
            "zqAgent",
            "zqCookie",
            "203.0.113",
            "127.0.0.1",
            f"{now:%H:%M}",
            f"T{now:%H}",
            str(int(now.timestamp()))[:7],
        ]
        assert [word for word in words if word.lower().encode() in stored] == []
        assert not any(part["key"].encode() in stored for part in kept)
        assert b"mytool" in stored


@pytest.mark.statement(58)
def test_a_body_is_not_read_beyond_its_limit(start):
    """A body that says it is too long, and one that only turns out so, are refused before they have been sent."""
    process = start()
    host, port = process.url.removeprefix("http://").split(":")
    start_line = "POST /v1/reports HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    for more in ("content-length: 1000000000\r\n\r\n", "transfer-encoding: chunked\r\n\r\n2000\r\n" + "x" * 0x1100):
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall((start_line + more).encode())
            answer = b""
            while piece := connection.recv(4096):
                answer += piece
        assert answer.startswith(b"HTTP/1.1 413")
        assert b"footfall-reason: too-large" in answer
        assert b"connection: close" in answer.lower()
        assert b"footfall-collector: 1" in answer


@pytest.mark.skipif(sys.platform == "win32", reason="a limit on the size of files is POSIX")
def test_a_full_disk_puts_off(start, tmp_path):
    """When the store can grow no more, reports are answered 503, pages go on, and nothing half is there afterwards."""
    import resource

    def small_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))

    process = start(preexec_fn=small_files)
    accepted = 0
    for _ in range(2_000):
        answer = process.post(activity(today()))
        if answer.status_code != 202:
            break
        accepted += 1
    assert (answer.status_code, answer.headers["footfall-reason"]) == (503, "store-unavailable")
    assert httpx.get(f"{process.url}/projects/mytool").status_code == 200
    assert httpx.get(f"{process.url}/healthz").status_code == 200
    process.end()
    assert counted(tmp_path) == accepted > 0
    assert start().post(activity(today())).status_code == 202


def test_a_clock_ahead_is_for_demos(start):
    """With the clock ahead, parts of those days are taken and those of too long ago are not."""
    process = start("--clock-offset", str(86_400 * 30))
    assert process.post(activity(today() + timedelta(30))).status_code == 202
    assert process.post(activity(today() - timedelta(20))).status_code == 422


def test_small_groups_threshold_of_the_operator(start):
    """--k is in every answer."""
    process = start("--k", "3")
    url = f"{process.url}/api/projects/{population.PROJECT}/charts/commands.json"
    assert httpx.get(url).json()["k"] == 3


def run(*words):
    """Run the program to its end: exit code, output, errors."""
    done = subprocess.run(
        [sys.executable, "-m", "footfall_collector", *words], capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout, done.stderr


def test_bad_input_is_told_in_a_line(tmp_path):
    """What cannot be used ends with 2 and one line that names it, no traceback."""
    plan, broken, deep = tmp_path / "plan.json", tmp_path / "broken.toml", tmp_path / "deep.json"
    plan.write_text(json.dumps(population.PLAN))
    broken.write_text("format = 2\nproject = 'x'\n")
    (tmp_path / "notes.db").write_text("no database " * 500)
    deep.write_text("[" * 100_000)
    (tmp_path / "none").mkdir()
    store = f"sqlite:///{tmp_path}/x.db"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        cases = [
            (["--plan", str(tmp_path / "nowhere.toml"), "--store", store], "nowhere.toml"),
            (["--plan", str(broken), "--store", store], "broken.toml"),
            (["--plan", str(tmp_path / "none"), "--store", store], "no plan file"),
            (["--plan", str(plan), "--store", "mysql://x"], "sqlite:///footfall.db"),
            (["--plan", str(plan), "--store", f"sqlite:///{tmp_path}/notes.db"], "not a database"),
            (["--plan", str(plan), "--store", store, "--k", "1"], "k is at least 2"),
            (["--plan", str(plan), "--store", store, "--retire", "nobody"], "nobody"),
            (["--plan", str(plan), "--store", store, "--port", port], "in use"),
            (["--plan", str(plan), "--store", store, "--host", "no.such.host.invalid"], ""),
            (["--plan", str(plan), "--store", store, "--port", "99999"], "99999"),
            (["--plan", str(deep), "--store", store], "deep.json: nested too deep"),
            *(
                (["--plan", str(plan), "--store", store, "--clock-offset", seconds], "beyond the calendar")
                for seconds in ("1e300", "1e12", "nan", "inf")
            ),
        ]
        for words, expected in cases:
            code, out, err = run("serve", *words)
            assert (code, out) == (2, ""), (words, err)
            assert err.startswith("footfall-collector: ")
            assert expected in err
            assert err.count("\n") == 1


def test_who_cannot_listen_changes_nothing(start, tmp_path):
    """A collector that cannot have its address leaves no store behind, and the term of one that is served as it is."""
    process = start("--retention-months", "36")
    taken = process.url.rsplit(":", 1)[1]
    plan, store = tmp_path / "plan.json", tmp_path / "footfall.db"
    for port in (taken, "99999"):
        for path in (store, tmp_path / "new.db"):
            words = ["--plan", str(plan), "--store", f"sqlite:///{path}", "--port", port, "--retention-months", "3"]
            assert run("serve", *words)[0] == 2
    assert not list(tmp_path.glob("new*"))
    assert process.end() == 0
    connection = sqlite3.connect(store)
    assert connection.execute("SELECT value FROM setting").fetchall() == [("36",)]
    connection.close()


def test_check_says_whether_a_plan_can_be_used(tmp_path):
    """Check reads a plan file: 0 and what is in it, in the words of ``footfall plan``, or 2 and what is wrong."""
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text('format = 1\nproject = "mytool"\n[commands]\n"(main)" = ["--verbose"]\n"db migrate" = []\n')
    bad.write_text('format = 1\nproject = "mytool"\n[commands]\n"db" = "--verbose"\n')
    assert run("check", str(good)) == (0, f"{good}: mytool: 1 command, 0 own events\n", "")
    good.write_text("sample = 0.1\n" + good.read_text())
    assert run("check", str(good)) == (0, f"{good}: mytool: 1 command, 0 own events; one in 10 installs sends\n", "")
    code, out, err = run("check", str(bad))
    assert (code, out) == (2, "")
    assert "commands.db" in err


def test_a_plan_with_a_mark_before_it_can_be_used(tmp_path):
    """A plan that an editor has saved with a byte order mark is read as any other, TOML and JSON."""
    for name, text in (("p.toml", 'format = 1\nproject = "mytool"\n'), ("p.json", json.dumps(population.PLAN))):
        (tmp_path / name).write_text(text, encoding="utf-8-sig")
        assert run("check", str(tmp_path / name))[0] == 0


def test_the_program_tells_its_version():
    """``--version`` says which collector it is."""
    assert run("--version") == (0, f"footfall-collector {version('footfall-collector')}\n", "")


def test_check_takes_what_serve_takes(tmp_path):
    """Check reads several files and directories of them, as serve does, all of them; where there is none it says so."""
    for number in "12":
        text = f'format = 1\nproject = "tool{number}"\n[commands]\n"(main)" = []\n'
        (tmp_path / f"{number}.toml").write_text(text)
    told = [f"{tmp_path / number}.toml: tool{number}: 1 command, 0 own events\n" for number in "12"]
    assert run("check", str(tmp_path)) == (0, "".join(told), "")
    assert run("check", str(tmp_path / "2.toml"), str(tmp_path / "1.toml")) == (0, told[1] + told[0], "")
    (tmp_path / "0.toml").write_text("format = 2\n")
    code, out, err = run("check", str(tmp_path))
    assert (code, out) == (2, "".join(told))
    assert err.startswith(f"footfall-collector: {tmp_path / '0.toml'}: ")
    (tmp_path / "none").mkdir()
    assert run("check", str(tmp_path / "none")) == (
        2,
        "",
        f"footfall-collector: no plan file in {tmp_path / 'none'}\n",
    )


def test_keys_of_a_part_are_not_kept_as_sent(start):
    """The store has a hash of a part's key, not the key."""
    process, key = start(), new_key()
    assert process.post(activity(today(), key=key)).status_code == 202
    stored = process.stored()
    assert key.encode() not in stored
    assert bytes.fromhex(key) not in stored
    assert hashlib.sha256(key.encode()).digest() in stored
