# What one can do here. ARGS is handed on: make lab ARGS=--no-browser

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
COMPILE := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
  --no-annotate --no-emit-index-url --custom-compile-command "make lock" --quiet
BROWSER := $(VENV)/browser
# What a page loads: of the versions in requirements.lock, what runs in a browser.
PAGE := $(BIN)/uv pip compile data/browser/page.in --constraint requirements.lock --generate-hashes \
  --python-version 3.14 --python-platform wasm32-pyodide2025 --no-annotate --no-emit-index-url \
  --no-emit-package widgetsnbextension --no-emit-package jupyterlab-widgets \
  --no-emit-package jedi --no-emit-package parso \
  --no-emit-package prompt-toolkit --no-emit-package wcwidth --no-emit-package markupsafe \
  --custom-compile-command "make lock" --quiet
ROOM := $(VENV)/room
STAGING = $(shell $(BIN)/python -c 'import jupyterlab; print(jupyterlab.__path__[0])')/staging
TEST := $(VENV)/test
# The rooms that read what strangers send, and what tests them.
PROTOCOLS := $(addprefix labsupport/,dns evidence exchange rdds) \
  $(addprefix tests/,dns evidence lookups rdds servers)
LOCK_INSTALL ?= $(BIN)/python -m pip install --quiet --require-hashes

# Python is started often, and each start would compile again what is not kept compiled.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help env lab editions browser room test quick types units coverage test-real bench notebooks front words facts minutes pages lock

help:
	@echo "make lab        open the course in JupyterLab (ARGS=--no-browser prints the address only)"
	@echo "make editions   the course without a server, in build/editions: pages, slides, papers"
	@echo "make browser    the course for a browser alone, in build/browser; needs node and npm"
	@echo "make room       what serving a whole room needs besides: then labsupport classroom, as root"
	@echo "make test       style, types, layers, unit tests and notebooks; needs no root"
	@echo "make quick      style, types, layers, and the tests that go with what differs from main (ARGS=COMMIT)"
	@echo "make coverage   count which branches of the protocol rooms their own tests take"
	@echo "make test-real  real DNS servers and clients, namespaces, a browser; Linux, as root"
	@echo "make bench      measure the figures of benchmarks/"
	@echo "make env        make the environment in $(VENV); the others do it when it is missing"
	@echo "make notebooks  link words, make the other languages' notebooks, run all, store their outputs"
	@echo "make facts      list the facts to look up again (ARGS=--by 2027-03-01: until that day)"
	@echo "make minutes    count what the notebooks ask of a reader: words, cells, questions, minutes"
	@echo "make front      test the front end and build it anew; needs node and npm"
	@echo "make words      bring the translations up to date with the words (ARGS=pt: begin one)"
	@echo "make pages      count the pages of each paper of the instructor's guide; needs chromium-headless-shell"
	@echo "make lock       choose the versions of the lock files again (ARGS=--upgrade: newest)"

env: $(READY)

$(READY): $(VENV)/packages pyproject.toml setup.py
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

# JupyterHub is for the one machine that serves a room. Everybody else, Binder and conda among them,
# does without; a JupyterHub that runs already brings its own.
room: $(ROOM)

$(ROOM): $(READY) requirements-room.lock
	$(LOCK_INSTALL) -r requirements-room.lock
	@touch $@

# What those need who change the course.
$(TEST): $(READY) requirements-test.lock
	$(LOCK_INSTALL) -r requirements-test.lock
	@touch $@

$(VENV)/packages: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed. If it has another name: make PYTHON=python3.12")'
	@echo "Making the environment in $(VENV). This is done once and takes a few minutes."
	$(PYTHON) -m venv --clear $(VENV)
	$(LOCK_INSTALL) -r requirements.lock
	@touch $@

lab: $(READY)
	@$(BIN)/labsupport lab $(ARGS)

editions: $(READY)
	@$(BIN)/labsupport editions $(ARGS)

browser: $(BROWSER)
	@$(BIN)/labsupport editions browser $(ARGS)

$(BROWSER): $(READY) requirements-browser.lock
	$(LOCK_INSTALL) -r requirements-browser.lock
	@touch $@

test: $(TEST)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(MAKE) --jobs types units

# By names and imports: what depends on a change by way of other modules is left to make test.
quick: $(TEST)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/python tools/tests_of_change.py $(ARGS)

types:
	$(BIN)/mypy

units:
	$(BIN)/pytest -n auto --dist loadfile $(ARGS)

coverage: $(TEST)
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n auto --dist loadfile $(PROTOCOLS) $(ARGS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --skip-covered

test-real: $(TEST)
	$(BIN)/pytest -m real -n 4 --dist loadfile --no-loadscope-reorder tests/real $(ARGS)

bench: $(TEST)
	$(BIN)/python -m benchmarks $(ARGS)

notebooks: $(READY)
	$(BIN)/python tools/translate_notebooks.py
	$(BIN)/python tools/link_words.py $(ARGS)
	$(BIN)/python tools/store_outputs.py $(ARGS)
	$(BIN)/python tools/list_questions.py

front: $(READY)
	cd frontend && npm ci --silent --no-audit --no-fund --ignore-scripts && npm test --silent
	rm -rf data/course/labextensions/labsupport-course
	cd frontend && CORE="$(STAGING)" npm run build --silent

words: $(READY)
	$(BIN)/python tools/update_words.py $(ARGS)

facts: $(READY)
	@$(BIN)/python tools/list_due.py $(ARGS)

minutes: $(READY)
	@$(BIN)/python tools/count_minutes.py $(ARGS)

pages: $(TEST)
	$(BIN)/python tools/count_pages.py

lock: $(TEST)
	$(COMPILE) --output-file requirements.lock $(ARGS)
	$(COMPILE) --constraint requirements.lock --extra room --output-file requirements-room.lock $(ARGS)
	$(COMPILE) --constraint requirements.lock --extra browser --extra editions \
	  --output-file requirements-browser.lock $(ARGS)
	$(COMPILE) --constraint requirements-room.lock --constraint requirements-browser.lock \
	  --extra room --extra browser --extra test --extra editions \
	  --output-file requirements-test.lock $(ARGS)
	$(PAGE) --output-file data/browser/page.lock $(ARGS)
