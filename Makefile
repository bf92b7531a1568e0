# Each target makes its own virtual environment and installs what it needs.
PYTHON ?= python3
VENV   ?= .venv
PY     := $(VENV)/bin/python

.PHONY: help demo serve test test-all fuzz lint bench load clean

help:
	@echo "make demo    a signed payment, its callback, and a lost answer that charges twice"
	@echo "make serve   the simulator on http://127.0.0.1:4800"
	@echo "make test    the tests, in random order, on all cores"
	@echo "make test-all  the long ones too"
	@echo "make fuzz    ten thousand random bodies to every operation"
	@echo "make lint    ruff, mypy, import-linter"
	@echo "make bench   ratios against reference servers, written to docs/performance.md"
	@echo "make load    ten seconds of load against a server of its own"

# A minimal Debian splits the venv module off; where apt-get may be used, it is fetched.
$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { echo "PayDouble needs Python 3.11 or newer; say PYTHON=…"; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
	    || { apt-get install -y -qq python3-venv && $(PYTHON) -m venv $(VENV); } \
	    || { echo "python3 has no venv module: install python3-venv"; exit 1; }

$(VENV)/.demo: pyproject.toml | $(PY)
	@$(PY) -m pip install --quiet --disable-pip-version-check -e '.[demo,fast]' && touch $@

$(VENV)/.load: pyproject.toml | $(PY)
	@$(PY) -m pip install --quiet --disable-pip-version-check -e '.[fast,load]' && touch $@

$(VENV)/.dev: pyproject.toml | $(PY)
	@$(PY) -m pip install --quiet --disable-pip-version-check -e '.[dev]' && touch $@ $(VENV)/.demo $(VENV)/.load

demo: $(VENV)/.demo
	@$(PY) -m paydouble demo $(ARGS)

serve: $(VENV)/.demo
	@$(PY) -m paydouble serve $(ARGS)

test: $(VENV)/.dev
	@$(PY) -m pytest -n auto -m 'not slow' $(ARGS)

test-all: $(VENV)/.dev
	@$(PY) -m pytest -n auto $(ARGS)

fuzz: $(VENV)/.dev
	@PAYDOUBLE_RANDOM_BODIES=10000 $(PY) -m pytest -n auto tests/laws $(ARGS)

lint: $(VENV)/.dev
	@$(PY) -m ruff check simulator loadtests tests
	@$(PY) -m mypy
	@$(VENV)/bin/lint-imports

bench: $(VENV)/.dev
	@$(PY) -m tests.benchmarks $(ARGS)

load: $(VENV)/.load
	@$(PY) -m paydouble loadtest --time 10s $(ARGS)

clean:
	rm -rf $(VENV) .cache .paydouble build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
