# make setup  set up for work on it
# make demo   set up, run the crawler against the built-in newspaper, show what came out
# make test   set up, run tests, linters and type checks
# make unit   the tests that start no other process, in under 40 seconds
# make soak   the long tests
# make fuzz   as many mutants as MUTANTS says, and 50 times the usual examples for every property
# make generate  write schemas and docs/records.md again, after a change of mayadeen/items.py
# make pywb   a replay server for the tests of web archives, in an environment of its own
# make bench  figures, each as a ratio to a plain tool in the same run, in under ten minutes; NAME=extraction for one

# The tests start hundreds of processes: each would compile every module anew.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CHROMIUM := /usr/bin/chromium
SOFFICE := /usr/bin/soffice

.PHONY: pywb setup chromium soffice demo test unit generate soak fuzz bench clean

setup: $(VENV)/.dev chromium soffice

# For listings that load more by script. Without it they are named and left out, and their tests are skipped.
chromium:
	@if [ -x $(CHROMIUM) ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get update -q && apt-get install -qy chromium; \
	else echo "no $(CHROMIUM), tests that need it are skipped; as root: apt-get install chromium"; fi

# For the test that a spreadsheet reads the CSV. Without it that one is skipped.
soffice:
	@if [ -x $(SOFFICE) ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -q && apt-get install -qy --no-install-recommends libreoffice-calc-nogui; \
	else echo "no $(SOFFICE), its test is skipped; as root: apt-get install libreoffice-calc-nogui"; fi

$(VENV)/.base: requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/.dev: requirements.txt requirements-scrapyd.txt requirements-dataset.txt requirements-archive.txt \
		requirements-dev.txt $(VENV)/.base
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

# In an environment of its own: what it brings would break the crawler. Without it, its test is skipped.
pywb: .venv-pywb/.done

.venv-pywb/.done: requirements-pywb.txt
	test -x .venv-pywb/bin/python || $(PYTHON) -m venv .venv-pywb
	.venv-pywb/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-pywb.txt
	touch $@

demo: $(VENV)/.base
	$(BIN)/scrapy demo

test: $(VENV)/.dev chromium soffice
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy -p tests
	$(BIN)/lint-imports
	$(BIN)/scrapy-lint
	$(BIN)/python -m pytest -n 3 --dist worksteal

unit: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 -m "not process and not soak"

generate: $(VENV)/.base
	$(BIN)/python -m tools.generate

soak: $(VENV)/.dev chromium
	$(BIN)/python -m pytest -m soak

MUTANTS ?= 200000
fuzz: $(VENV)/.dev
	MUTANTS=$(MUTANTS) $(BIN)/python -m pytest -n 2 -m soak tests/soak/test_mutants.py
	$(BIN)/python -m pytest -n 2 -m hypothesis --hypothesis-profile=fuzz

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks $(NAME)

clean:
	rm -rf $(VENV) build dist demo-data .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
