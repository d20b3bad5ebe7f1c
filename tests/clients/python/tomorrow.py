"""Reads what a server of tomorrow sends, with words and members that this client has never met, and writes it again:
nothing may be refused or lost."""

import datetime
import json
import sys

from ampara_client import models


def moment(text):
    try:
        return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return text


def same(written, value, at):
    if isinstance(value, dict):
        assert written.keys() == value.keys(), (at, written.keys() ^ value.keys())
        for key, part in value.items():
            same(written[key], part, f"{at}.{key}")
    elif isinstance(value, list):
        assert len(written) == len(value), at
        for i, (one, other) in enumerate(zip(written, value)):
            same(one, other, f"{at}[{i}]")
    elif isinstance(value, str):
        assert moment(written) == moment(value), (at, written, value)
    else:
        assert written == value, (at, written, value)


read = 0
for name, value in json.load(open(sys.argv[1], encoding="utf-8")):
    model = getattr(models, name)
    written = model.from_dict(json.loads(json.dumps(value))).to_dict()
    same(json.loads(json.dumps(written)), value, name)
    read += 1
print(json.dumps({"done": read}, separators=(",", ":")))
