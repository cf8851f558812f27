"""wrk with a script made for one kind of request, and what it measured."""

from __future__ import annotations

import itertools
import json
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.peers.interfaces import NUMBER, Call
from tests.services.wrk import wrk

CONNECTIONS = 16
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Measured:
    """What one run of wrk found."""

    rate: float
    p99_ms: float
    errors: int


def measure(call: Call, url: str, seconds: int, folder: Path) -> Measured:
    """Ask as often as the program answers, with 16 connections, and return what was found."""
    script = folder / "wrk.lua"
    script.write_text(_script(call))
    command = [wrk(), "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "30s", "-s", str(script), url]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout.strip().rpartition("\n")[2])
    return Measured(
        (told["requests"] - told["errors"]) / told["seconds"],
        told["p99"] / 1000,
        told["errors"] + told["lost"],
    )


def _script(call: Call) -> str:
    before, found, after = call.body.partition(NUMBER)
    return _LUA % {
        "method": call.method,
        "headers": _pairs(call.headers.items()),
        "paths": _list(call.paths),
        "each": "{" + ", ".join(_pairs(each.items()) for each in call.headers_each) + "}",
        "etags": _list(call.etags),
        "before": json.dumps(before),
        "after": json.dumps(after),
        "numbered": "true" if found else "false",
        "body": json.dumps(call.body),
        # No two runs, in this process or another one over the same database, use the same numbers.
        "first": next(_numbers) * 10_000_000,
    }


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    return "{" + ", ".join(f"[{json.dumps(name)}] = {json.dumps(value)}" for name, value in pairs) + "}"


def _list(values: Iterable[str]) -> str:
    return "{" + ", ".join(map(json.dumps, values)) + "}"


_LUA = """
local headers, paths, etags = %(headers)s, %(paths)s, %(etags)s
local each = %(each)s
local before, after, numbered, body = %(before)s, %(after)s, %(numbered)s, %(body)s
local n, turn, free, of = %(first)d, 0, {}, {}
for i, path in ipairs(paths) do
  of[path:match("([^/]*)$")] = i
  free[i] = i
end

function request()
  local i, told
  if #etags > 0 then
    i = table.remove(free, 1)
    if i == nil then i = 1 end
    told = each[i] or headers
    told["If-Match"] = etags[i]
  else
    turn = turn %% #paths + 1
    i = turn
    told = each[i] or headers
  end
  if numbered then
    n = n + 1
    body = before .. string.format("%%d", n) .. after
  end
  return wrk.format("%(method)s", paths[i], told, body ~= "" and body or nil)
end

if #etags > 0 then
  function response(status, answered, text)
    local i = of[text:match('"id"%%s*:%%s*"?([%%w%%-]+)')]
    if i then
      etags[i] = answered["ETag"] or answered["etag"] or answered["Etag"]
      free[#free + 1] = i
    end
  end
end

function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('{"requests": %%d, "seconds": %%.6f, "p99": %%.1f, "errors": %%d, "lost": %%d}\\n',
    summary.requests, summary.duration / 1e6, latency:percentile(99), e.status,
    e.connect + e.read + e.write + e.timeout))
end
"""
