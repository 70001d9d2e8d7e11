"""Holds exported files against validators that other people wrote.

Usage: validate.py FILE...

FHIR (*.json): fhir.resources (R4B models: strict on names, types and required fields), what US Core's profiles
ask (profiles.py), and what no model sees: that references lead to entries of the Bundle, that no name and no
condition is there twice.
iCalendar (*.ics): the package icalendar, and what RFC 5545 asks of lines, UIDs and zones.
CSV (*.csv): Python's own reader, every row as long as its head.
PDF (*.pdf): pypdf; prints how many pages and words, and fails without words.

Of each file broken copies are made, which must be refused: a validator that takes everything proves nothing.

Prints one line a file and "N passed, N failed" at the end.
"""

import csv
import importlib
import json
import sys
import tempfile
from pathlib import Path

import profiles

DISALLOWED_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def fhir(path):
    bundle = json.loads(path.read_text(encoding="utf-8"))
    model = importlib.import_module("fhir.resources.R4B.bundle").Bundle
    model.model_validate(bundle)
    urls = [entry["fullUrl"] for entry in bundle["entry"]]
    conditions = [entry["request"].get("ifNoneExist", entry["request"]["url"]) for entry in bundle["entry"]]
    assert len(set(urls)) == len(urls), "a name twice"
    assert len(set(conditions)) == len(conditions), "a condition twice"
    references = 0

    def walk(value):
        nonlocal references
        if isinstance(value, dict):
            if "reference" in value:
                references += 1
                assert value["reference"] in urls, "a reference that leads nowhere"
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            assert value, "an empty list is no FHIR"
            for inner in value:
                walk(inner)
        else:
            assert value is not None and value != "", "an empty value is no FHIR"

    walk(bundle)
    for entry in bundle["entry"]:
        resource = entry["resource"]
        module = importlib.import_module("fhir.resources.R4B." + resource["resourceType"].lower())
        getattr(module, resource["resourceType"]).model_validate(resource)
    held = profiles.check(bundle)
    return f"{len(urls)} resources, {references} references, {held} held against a profile"


def ics(path):
    from icalendar import Calendar

    raw = path.read_bytes()
    assert raw.endswith(b"\r\n"), "lines end with CRLF"
    for line in raw.split(b"\r\n"):
        assert len(line) <= 75 and b"\n" not in line, "a line too long or broken"
    calendar = Calendar.from_ical(raw)
    events = calendar.walk("VEVENT")
    zones = {str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")}
    assert zones, "at least one component"
    uids = [str(event["UID"]) for event in events]
    assert len(set(uids)) == len(uids), "a UID twice"
    for event in events:
        assert not event.errors, event.errors
        start = event["DTSTART"]
        zone = start.params.get("TZID")
        assert zone is None or zone in zones, "a time in a zone that is not here"
        assert hasattr(start.dt, "hour") == ("DURATION" in event), "a time has a length"
        for wanted in ("DTSTAMP", "SUMMARY"):
            assert wanted in event, wanted
    for zone in calendar.walk("VTIMEZONE"):
        zone.to_tz()
    return f"{len(events)} events, {len(zones)} zones"


def table(path):
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, strict=True))
    assert rows and len(set(rows[0])) == len(rows[0]), "a head with a name for each column"
    for row in rows:
        assert len(row) == len(rows[0]), "a row of another length"
        for cell in row:
            assert not cell.startswith(DISALLOWED_FORMULA), "a cell that a spreadsheet runs"
    return f"{len(rows) - 1} rows"


def pdf(path):
    from pypdf import PdfReader

    reader = PdfReader(path, strict=True)
    text = " ".join(page.extract_text() for page in reader.pages)
    words = len(text.split())
    assert words > 5, "a page without words"
    assert reader.metadata and reader.metadata.title, "a title"
    assert reader.root_object.get("/Lang"), "a language"
    return f"{len(reader.pages)} pages, {words} words"


KINDS = {".json": fhir, ".ics": ics, ".csv": table, ".pdf": pdf}


def spoil(path):
    """Copies of a file, each broken in one way that its validator must see."""
    raw = path.read_bytes()
    if path.suffix == ".json":
        for kind, field in [("Observation", "status"), ("CarePlan", "intent"), ("Appointment", "participant")]:
            bundle = json.loads(raw)
            found = [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == kind]
            if found:
                del found[0][field]
                yield f"{kind} without {field}", json.dumps(bundle).encode()
        for what, other in profiles.broken(raw, json.loads):
            yield what, json.dumps(other).encode()
        if b'"reference"' in raw:
            yield "a reference that leads nowhere", raw.replace(b'"reference":"urn:uuid:', b'"reference":"urn:uuid:0', 1)
    elif path.suffix == ".ics" and b"BEGIN:VEVENT" in raw:
        yield "a line too long", raw.replace(b"SUMMARY:", b"SUMMARY:" + b"x" * 80, 1)
        yield "no zone", raw.replace(b"TZID:", b"TZID:Elsewhere/", 1)
    elif path.suffix == ".csv" and raw.count(b"\r\n") > 1:
        yield "a formula", raw.rstrip(b"\r\n") + b"\r\n=1" + b"," * raw.split(b"\r\n")[0].count(b",") + b"\r\n"
        yield "a row of another length", raw + b"x\r\n"


def controls(path, folder):
    """How many broken copies were seen, and which were not."""
    seen, unseen = 0, []
    for what, raw in spoil(path):
        copy = folder / f"spoilt{path.suffix}"
        copy.write_bytes(raw)
        try:
            KINDS[path.suffix](copy)
        except Exception:  # any complaint will do
            seen += 1
        else:
            unseen.append(what)
    return seen, unseen


def main(paths):
    passed = failed = caught = 0
    for path in map(Path, paths):
        try:
            told = KINDS[path.suffix](path)
        except Exception as error:  # whatever a validator says against a file is its failure
            failed += 1
            print(f"not ok {path.name}: {type(error).__name__}: {str(error)[:2000]}")
        else:
            passed += 1
            print(f"ok {path.name}: {told}")
            with tempfile.TemporaryDirectory() as folder:
                seen, unseen = controls(path, Path(folder))
            caught += seen
            for what in unseen:
                failed += 1
                print(f"not ok {path.name}: nobody noticed {what}")
    print(f"{caught} broken copies were refused")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
