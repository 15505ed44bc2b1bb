"""A plugin for a service that cannot count without an id: each part is posted with the install's id of the week."""

import http.client
import json
from datetime import date
from types import SimpleNamespace
from urllib.parse import urlsplit

from footfall import hookimpl, pseudonym
from footfall.transport import Outcome


@hookimpl
def footfall_transport(endpoint, folder):
    """Posts to the endpoint."""

    def post(body):
        part = json.loads(body)
        week = date.fromisoformat(part["day"]).strftime("%G-W%V")
        part["id"] = pseudonym.window_id(pseudonym.secret_of(folder), endpoint, part["project"], "week", week)
        connection = http.client.HTTPConnection(urlsplit(endpoint).netloc)
        connection.request("POST", "/", json.dumps(part))
        connection.getresponse()
        return Outcome.DELIVERED

    return SimpleNamespace(post=post)
