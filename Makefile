# Everything that a person or a machine does with this project. Needs Python 3.11+ and make;
# the package index is asked once, for the locked versions.

PYTHON ?= python3
VENV ?= .venv
CONFIG ?= config.example.yaml
DIR ?= .filterdns
UPSTREAM ?=
ARGS ?=
WHAT ?= run
UV ?= uv

# Of the installation: the folder that stands for /, the system's Python, the locked packages
# where there is no internet.
DESTDIR ?=
SYSTEM_PYTHON = $(if $(filter file default,$(origin PYTHON)),/usr/bin/python3,$(PYTHON))
WHEELS ?=
PURGE ?=

PIP = $(VENV)/bin/python -m pip --disable-pip-version-check --quiet
PYTEST = $(VENV)/bin/python -m pytest
FAULTS = tests/e2e/test_chaos.py tests/e2e/test_clock.py tests/e2e/test_device_table.py \
	tests/e2e/test_disk.py
LONG_UNITS = tests/unit/blocklists tests/unit/control tests/test_bench.py tests/test_bench_index.py
LOCK = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
	--no-annotate --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

RUN_READY = $(VENV)/.run-ready
DEV_READY = $(VENV)/.dev-ready

.DEFAULT_GOAL := help
.PHONY: help run install upgrade uninstall deb wheels test e2e e2e-faults e2e-promises e2e-untimed \
	beside-e2e long-units fuzz lint bench bench-quick bench-isolation bench-growth bench-workers \
	bench-extra bench-page soak check lock clean

help:  ## say what can be done
	@awk -F ':[^#]*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' Makefile

run: $(RUN_READY)  ## start the filter (CONFIG=my.yaml, UPSTREAM=9.9.9.9)
	@exec $(VENV)/bin/filterdns serve --config $(CONFIG) --dir $(DIR) --strict $(if $(UPSTREAM),--upstream $(UPSTREAM))

install:  ## as root: install it as a service of this machine, or upgrade it
	@DESTDIR='$(DESTDIR)' PYTHON='$(SYSTEM_PYTHON)' WHEELS='$(WHEELS)' packaging/install.sh

upgrade:  ## as root: let this version take over from the one that is installed
	@DESTDIR='$(DESTDIR)' PYTHON='$(SYSTEM_PYTHON)' WHEELS='$(WHEELS)' packaging/install.sh --upgrade

uninstall:  ## as root: remove the program; with PURGE=yes its config and all that it kept, too
	@DESTDIR='$(DESTDIR)' PURGE='$(PURGE)' packaging/uninstall.sh

deb:  ## a Debian package of the same, in dist/
	@PYTHON='$(SYSTEM_PYTHON)' WHEELS='$(WHEELS)' packaging/deb.sh

wheels: $(VENV)/bin/python  ## fetch what `make install WHEELS=dist/wheels` needs without internet
	@$(PIP) download --dest $(or $(WHEELS),dist/wheels) --require-hashes \
		--requirement requirements.txt --requirement requirements-build.txt $(ARGS)

test: $(DEV_READY)  ## all tests; what needs a program that is missing is skipped with the reason
	$(PYTEST) $(ARGS)

e2e: $(DEV_READY)  ## the real program over real sockets, with dig, kdig, NSD, unbound
	$(PYTEST) tests/e2e tests/hostile $(ARGS)

e2e-faults: $(DEV_READY)
	$(PYTEST) $(FAULTS) -m 'not untimed' --durations=15

e2e-promises: $(DEV_READY)
	$(PYTEST) tests/e2e tests/hostile $(FAULTS:%=--ignore=%) -m 'not untimed' --durations=15

e2e-untimed: $(DEV_READY)
	$(PYTEST) tests/e2e tests/hostile -m untimed --durations=15

beside-e2e: $(DEV_READY)
	$(PYTEST) tests --ignore=tests/e2e --ignore=tests/hostile --ignore=tests/fuzz \
		$(LONG_UNITS:%=--ignore=%) --durations=15

long-units: $(DEV_READY)
	$(PYTEST) $(LONG_UNITS) --durations=15

fuzz: $(DEV_READY)  ## random bytes and random configs, for longer than `make test` does
	$(PYTEST) --hypothesis-profile=long --timeout=900 tests/fuzz $(ARGS)

lint: $(DEV_READY)  ## style, format, types
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

bench: $(DEV_READY)  ## queries a second beside unbound and dnsmasq, in one run
	$(VENV)/bin/python -m bench.run $(ARGS)

bench-quick: $(DEV_READY)  ## the same with fewer names and rounds, in two minutes
	$(VENV)/bin/python -m bench.run --quick $(ARGS)

bench-isolation: $(DEV_READY)  ## what clients feel of reloads, new lists, exports, a stalled disk
	$(VENV)/bin/python -m bench.isolation $(ARGS)

bench-growth: $(DEV_READY)  ## what a query costs with more people, devices, names, addresses
	$(VENV)/bin/python -m bench.growth $(ARGS)

bench-workers: $(DEV_READY)  ## two workers against one, and what workers share
	$(VENV)/bin/python -m bench.workers $(ARGS)

bench-extra: $(DEV_READY)  ## install what plots need (matplotlib)
	@$(PIP) install --require-hashes --requirement requirements-bench.txt

bench-page: $(DEV_READY)  ## write what was measured last into docs/performance.md
	$(VENV)/bin/python -m bench.page $(ARGS)

soak: $(DEV_READY)  ## as root: every fault under load, for 40 minutes; or WHAT=truth, …
	$(VENV)/bin/python -m soak.$(WHAT) $(ARGS)

# Two at a time. First what has deadlines, which waits most of the time; then what may be slow.
check: lint  ## what a commit has to pass
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target e2e-faults e2e-promises
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target \
		e2e-untimed beside-e2e long-units fuzz

lock:  ## write the locked versions anew (needs uv)
	$(LOCK) pyproject.toml --output-file requirements.txt
	$(LOCK) pyproject.toml --extra dev --output-file requirements-dev.txt
	$(LOCK) pyproject.toml --extra bench --constraint requirements-dev.txt \
		--constraint requirements-build.txt --output-file requirements-bench.txt
	printf 'hatchling\neditables\n' | $(LOCK) - --output-file requirements-build.txt

clean:  ## remove what was made here: environment, caches, the running filter's files
	rm -rf $(VENV) .filterdns .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "filterdns needs Python 3.11 or newer; name it: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make a virtual environment; cure: apt install python3-venv" >&2; exit 1; }
	@echo "Making a virtual environment in $(VENV) …"
	@$(PYTHON) -m venv $(VENV)

# The project itself is installed without build isolation: the build's packages are locked, too.
$(RUN_READY): requirements.txt requirements-build.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing the locked packages into $(VENV), once …"
	@$(PIP) install --require-hashes --requirement requirements.txt
	@$(PIP) install --require-hashes --requirement requirements-build.txt
	@$(PIP) install --no-build-isolation --no-deps --editable .
	@touch $@

$(DEV_READY): requirements-dev.txt $(RUN_READY)
	@echo "Installing the locked packages for development into $(VENV), once …"
	@$(PIP) install --require-hashes --requirement requirements-dev.txt
	@touch $@
