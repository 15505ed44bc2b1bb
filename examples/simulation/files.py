"""The small real files that every command line works on: a town's cafes and who visited them."""

from __future__ import annotations

import json
from pathlib import Path

from sqlite_utils import Database

CAFES = [
    {"id": 1, "name": "Crossing", "street": "Mill Lane", "seats": 24, "opened": "2019-04-01"},
    {"id": 2, "name": "Doorstep", "street": "Mill Lane", "seats": 12, "opened": "2021-09-15"},
    {"id": 3, "name": "Turnstile", "street": "Harbour", "seats": 40, "opened": "2016-06-30"},
    {"id": 4, "name": "Landing", "street": "Harbour", "seats": 18, "opened": "2023-02-11"},
]
MORE_CAFES = [{"id": 4, "name": "Landing", "seats": 20}, {"id": 5, "name": "Threshold", "seats": 8}]
NOTES = [
    {"id": 1, "cafe": 1, "text": "The stairs are steep, the coffee is good"},
    {"id": 2, "cafe": 3, "text": "Steep prices, and a view over the harbour"},
    {"id": 3, "cafe": 4, "text": "No stairs at all"},
]
VISITS = [(day, cafe, day * cafe % 7 + 1) for day in range(1, 15) for cafe in range(1, 5)]


def make_files(folder: Path) -> None:
    """Write a database, JSON, newline-delimited JSON, CSV, TSV, text and broken files into ``folder``."""
    (folder / "notes").mkdir(parents=True)
    for note in NOTES:
        (folder / "notes" / f"{note['id']}.txt").write_text(f"{note['text']}\n", encoding="utf-8")
    nested = [{"id": 1, "at": {"lat": 52.1, "lon": 4.3}}, {"id": 2, "at": {"lat": 52.2, "lon": 4.4}}]
    for name, rows in (("cafes", CAFES), ("more_cafes", MORE_CAFES), ("nested", nested)):
        (folder / f"{name}.json").write_text(json.dumps(rows), encoding="utf-8")
    (folder / "notes.ndjson").write_text("".join(json.dumps(note) + "\n" for note in NOTES), encoding="utf-8")
    for name, mark in (("visits.csv", ","), ("visits.tsv", "\t"), ("visits.semicolons", ";")):
        lines = [("day", "cafe", "guests"), *VISITS]
        (folder / name).write_text("".join(mark.join(map(str, line)) + "\n" for line in lines), encoding="utf-8")
    (folder / "broken.json").write_text('[{"id": 1, "name": "Cross', encoding="utf-8")
    (folder / "latin1.csv").write_bytes("id,name\n1,Café Crossing\n".encode("latin-1"))
    (folder / "empty.txt").write_text("", encoding="utf-8")
    _make_database(folder / "town.db")


def _make_database(path: Path) -> None:
    database = Database(path)
    database.table("cafes").insert_all(CAFES, pk="id")
    database.table("visits").insert_all(dict(zip(("day", "cafe", "guests"), visit, strict=True)) for visit in VISITS)
    database.table("notes").insert_all(NOTES, pk="id", foreign_keys=[("cafe", "cafes", "id")])
    database.table("notes").enable_fts(["text"], create_triggers=True)
    database.table("visits").create_index(["day"])
    database.create_view("busy", "select day, sum(guests) as guests from visits group by day having sum(guests) > 15")
    database.close()
