"""Servers of the services that event sinks speak to, as strict as the real ones: written from their protocols.

PostHog's capture and what stands behind it (as of 2026): bodies are JSON, gzip by their first bytes; one bad event
fails the whole batch; the address of a request is kept where an event has none; a ``sent_at`` moves an event's time;
events of one day, name, ``distinct_id`` and ``uuid`` are one.
"""

from __future__ import annotations

import gzip
import json
import re
import socket
import threading
import time
import uuid
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BATCH_MAX, EVENT_MAX = 20 << 20, 1 << 20
POSTHOG_PATH = re.compile(r"/(batch|capture|e|i/v0/e)/?")
CALLS_PATH = re.compile(r"/([\w.-]+)/([\w.-]+)")


class Refused(Exception):
    """A status and the plain text that goes with it."""


class Server:
    """Listens on a free port. ``answers`` are used up one a post, then all is answered as the service would.

    Each is a status, a status and headers, ``lost answer`` (it is taken, and the connection ends) or ``never came``.
    """

    def __init__(self):
        self.requests, self.bodies, self.ports, self.answers = [], [], [], []
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                """Take a request."""
                body = self.rfile.read(int(self.headers["content-length"]))
                server.requests.append(self.raw_requestline + bytes(self.headers) + body)
                server.ports.append(self.client_address[1])
                answer = server.answers.pop(0) if server.answers else "take"
                status, headers, said = server.answer(answer, self, body)
                if status is None:
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                self.send_response(status)
                for name, value in {"Content-Length": str(len(said)), "Set-Cookie": "id=zq7", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_):
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def answer(self, answer, request, body):
        """Status (``None``: the connection ends), headers and body of an answer."""
        if answer == "never came":
            return None, {}, b""
        if answer not in ("take", "lost answer"):
            status, headers = answer if isinstance(answer, tuple) else (answer, {})
            return status, headers, b"busy"
        try:
            said = self.take(request, body)
        except Refused as refused:
            status, text = refused.args
            return status, {}, text.encode()
        return (None, {}, b"") if answer == "lost answer" else (200, {}, json.dumps(said).encode())

    def close(self):
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class PostHog(Server):
    """PostHog's capture; ``stored`` are the rows that it would have, duplicates of each other made one."""

    def __init__(self):
        super().__init__()
        self.stored = {}
        self.endpoint = f"posthog://127.0.0.1:{self.port}/phc_KEY"

    def take(self, request, body):
        """Store a batch whole, or nothing of it."""
        if not POSTHOG_PATH.fullmatch(request.path):
            raise Refused(404, "not found")
        if len(body) > BATCH_MAX:
            raise Refused(413, "too big")
        try:
            text = gzip.decompress(body) if body[:3] == b"\x1f\x8b\x08" else body
            document = json.loads(text)
        except (ValueError, OSError) as error:
            raise Refused(400, "failed to decode") from error
        self.bodies.append(text)
        self._check_token(document.get("api_key") or document.get("token"))
        if not isinstance(document.get("batch"), list) or not document["batch"]:
            raise Refused(400, "empty batch")
        now = datetime.fromtimestamp(time.time(), timezone.utc)
        rows = [
            self._row(event, document.get("sent_at"), now, request.client_address[0]) for event in document["batch"]
        ]
        self.stored.update(rows)
        return {"status": "Ok"}

    def _check_token(self, token):
        if not isinstance(token, str) or not 0 < len(token) <= 64 or not token.isascii() or token.startswith("phx_"):
            raise Refused(401, "invalid token")

    def _row(self, event, sent_at, now, address):
        if not isinstance(event.get("event"), str) or not event["event"]:
            raise Refused(400, "missing event name")
        properties = dict(event.get("properties") or {})
        who = event.get("distinct_id") or properties.get("distinct_id")
        if not who:
            raise Refused(400, "missing distinct_id")
        if len(json.dumps(event)) > EVENT_MAX:
            raise Refused(400, "event too big")
        try:
            number = str(uuid.UUID(event["uuid"])) if event.get("uuid") else str(uuid.uuid4())
        except ValueError as error:
            raise Refused(400, "invalid uuid") from error
        when = self._time(event.get("timestamp"), sent_at, now, ignores=properties.get("$ignore_sent_at") is True)
        properties["$ip"] = properties.get("$ip") or address
        if not properties.get("$geoip_disable"):
            properties["$geoip_country_code"] = "XX"
        row = {"event": event["event"], "distinct_id": str(who)[:200], "time": when, "properties": properties}
        row["person"] = properties.get("$process_person_profile") is not False
        return (when.date(), event["event"], row["distinct_id"], number), row

    def _time(self, told, sent_at, now, *, ignores):
        try:
            when = datetime.fromisoformat(told.replace("Z", "+00:00"))
        except (ValueError, AttributeError):
            return now
        if sent_at and not ignores:
            when = now + (when - datetime.fromisoformat(sent_at.replace("Z", "+00:00")))
        return now if when - now > timedelta(hours=23) else when


class Phonehome(Server):
    """phonehome's API; ``calls`` are all that it would have stored and show to everybody.

    As the real one, it takes whatever it is sent and strips what is no string or number from its answer only.
    """

    def __init__(self):
        super().__init__()
        self.calls = []
        self.endpoint = f"phonehome://127.0.0.1:{self.port}/mytool-project/mytool"

    def take(self, request, body):
        """Store a call."""
        found = CALLS_PATH.fullmatch(request.path)
        if not found:
            raise Refused(404, "404 page not found")
        self.bodies.append(body)
        try:
            payload = json.loads(body) if body else {}
        except ValueError as error:
            raise Refused(400, json.dumps({"payload": None, "error": f"{body!r} is invalid JSON"})) from error
        if not isinstance(payload, dict):
            raise Refused(400, json.dumps({"payload": None, "error": "cannot unmarshal"}))
        kept = {name: value for name, value in payload.items() if type(value) in (str, int, float)}
        self.calls.append((found[1], found[2], payload))
        warning = {} if kept == payload else {"message": "WARN: payload got stripped of non-allowed content"}
        return {"payload": kept, **warning}

    def count(self, key=None):
        """What ``GET /{organisation}/{repository}/count`` says."""
        return sum(key is None or key in payload for _, _, payload in self.calls)
