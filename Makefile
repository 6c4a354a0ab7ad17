# make setup     set up for work on the project
# make demo      set up, crawl the test site on this machine, show the result
# make test      set up, run linters, type checks, and tests with a floor for coverage, and check the docs
# make unit      run the tests that start no other process and are quick, in about 40 seconds
# make coverage  show which lines of mayadeen/ the tests that start no other process run
# make lint      run linters and type checks
# make generate  write the files that follow from the code: schemas, lists of fields, reference pages
# make lock      write requirements*.txt again, after a change of pyproject.toml
# make docs      show the documentation at http://127.0.0.1:8001
# make soak      run the long tests
# make fuzz      run MUTANTS mutants, and 50 times the usual examples of every property
# make bench     measure speed and memory against plain tools, NAME=extraction-known for one
# make clean     remove what the targets above made

help:
	@sed -n 's/^# \(make \)/\1/p' Makefile

# The tests start hundreds of processes: each would compile every module anew.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CHROMIUM := /usr/bin/chromium
SOFFICE := /usr/bin/soffice

.PHONY: help lint docs docs-check lock pywb setup chromium soffice demo test unit coverage generate soak fuzz bench clean

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

$(VENV)/.dev: requirements-dev.txt $(VENV)/.base
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

lint: $(VENV)/.dev
	@$(BIN)/ruff check --quiet . && echo "ruff check: ok"
	@$(BIN)/ruff format --check --quiet . && echo "ruff format: ok"
	@$(BIN)/mypy && $(BIN)/mypy -p tests
	@$(BIN)/lint-imports --no-cache > .lint-imports.log || { cat .lint-imports.log; exit 1; }
	@rm -f .lint-imports.log; echo "lint-imports: ok"
	@$(BIN)/scrapy-lint && echo "scrapy-lint: ok"

# mkdocs-material prints an advertisement without this.
docs docs-check: export NO_MKDOCS_2_WARNING = 1

docs: $(VENV)/.dev
	$(BIN)/mkdocs serve --dev-addr 127.0.0.1:8001

docs-check: $(VENV)/.dev
	@$(BIN)/mkdocs build --quiet --strict --site-dir .site && rm -rf .site && echo "mkdocs: ok"

# Coverage is that of tests that start no other process, and takes a minute. Tests of CPU limits are left out by the mark
# no_cover, because the tracer is slow.
COVERAGE_FLOOR := 79
COVERAGE := --cov=mayadeen --cov-fail-under=$(COVERAGE_FLOOR)

test: lint chromium soffice pywb
	$(BIN)/python -m pytest -n 3 --dist worksteal $(COVERAGE) --cov-report=

unit: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 --dist worksteal --hypothesis-profile=quick -m "not process and not slow and not soak"

coverage: $(VENV)/.dev
	$(BIN)/python -m pytest -q -n 2 -m "not process and not soak" $(COVERAGE) --cov-report=term:skip-covered

generate: $(VENV)/.base
	$(BIN)/python -m tools.generate
	$(BIN)/python -m tools.performance

# For Python 3.11 to 3.13. `requirements.txt` includes the extra `browser`. The other extras go on top of it.
LOCK := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --no-header --no-emit-index-url \
	--no-emit-find-links --no-emit-package pip --annotation-style line
lock: $(VENV)/.dev
	$(LOCK) --extra browser --output-file requirements.txt
	for extra in dataset archive cluster scrapyd; do \
		$(LOCK) --constraint requirements.txt --extra $$extra --output-file requirements-$$extra.txt || exit 1; \
	done
	$(LOCK) --constraint requirements.txt --all-extras --group dev --output-file requirements-dev.txt

soak: $(VENV)/.dev chromium
	$(BIN)/python -m pytest -m soak

MUTANTS ?= 200000
fuzz: $(VENV)/.dev
	MUTANTS=$(MUTANTS) $(BIN)/python -m pytest -n 2 -m soak tests/soak/test_mutants.py
	$(BIN)/python -m pytest -n 2 -m hypothesis --hypothesis-profile=fuzz

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks $(NAME)

clean:
	rm -rf $(VENV) .venv-pywb build dist .site demo-data .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .coverage.* *.egg-info
