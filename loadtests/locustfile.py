"""What Locust runs: the buyers of the providers that PAYDOUBLE_LOAD_PROVIDERS names, or of all."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).resolve().parent
# In a wheel this folder lies elsewhere than in a checkout; its modules call it `loadtests` in both.
sys.path.insert(0, str(HERE.parent))

from loadtests.arrivals import arrivals_of  # noqa: E402
from loadtests.running import Run, Wanted  # noqa: E402

KNOWN = sorted(path.stem for path in (HERE / "users").glob("[!_]*.py"))

_wanted = Wanted.from_environment(KNOWN)
_buyers = [import_module(f"loadtests.users.{provider}").BUYER for provider in _wanted.providers]
if _wanted.rate:
    Arrivals = arrivals_of(_buyers, _wanted.rate, _wanted.in_flight)
else:
    globals().update({buyer.__name__: buyer for buyer in _buyers})

Run(_wanted).listen()
