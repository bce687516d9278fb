# Two commands are enough: `make run` and `make test`. Each sets up what it needs the first time, in .venv.

VENV := .venv
PYTHON := $(VENV)/bin/python
RUN_READY := $(VENV)/.ready-to-run
TEST_READY := $(VENV)/.ready-to-test
PEERS_READY := $(VENV)/.ready-for-peers
DOCS_READY := $(VENV)/.ready-for-docs

# Where it is set, every test process, and every program that one starts, would compile all modules anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test lint bench docs clean

help:
	@echo "make run     open the studio (make run FILE=name.nnstudio opens a project)"
	@echo "make test    run the tests"
	@echo "make lint    check style and types"
	@echo "make bench   measure speed against PyTorch, and how smooth the window is"
	@echo "make docs    build the documentation as a site, in build/site"
	@echo "make clean   remove .venv and everything else that was made"

run: $(RUN_READY)
	@$(VENV)/bin/nnstudio $(FILE)

# Side by side, file by file. What compares with PyTorch alone is not even read.
test: $(TEST_READY)
	$(PYTHON) -m pytest -n auto --dist loadfile --no-loadscope-reorder --ignore-glob='*_parity.py' \
		-m "not peers and not benchmark and not whole"

lint: $(TEST_READY)
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy

bench: $(PEERS_READY)
	@$(PYTHON) -m tests.benchmarks; engine=$$?; $(PYTHON) -m tests.benchmarks.window; window=$$?; \
	$(PYTHON) -m tests.benchmarks.canvas && exit $$((engine + window))

# Material's notice about the next major version of mkdocs, which is excluded, would bury the warnings.
docs: $(DOCS_READY)
	@NO_MKDOCS_2_WARNING=1 $(PYTHON) -m mkdocs build --quiet --clean
	@echo "Open build/site/index.html"

clean:
	rm -rf $(VENV) build dist artifacts *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks
	find engine nnstudio resources tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(RUN_READY): pyproject.toml .ci/setup .ci/system-packages nnstudio/ui/display_check.py
	@.ci/setup run
	@touch $@

$(TEST_READY): pyproject.toml .ci/setup .ci/system-packages nnstudio/ui/display_check.py
	@.ci/setup test
	@touch $(RUN_READY) $@

$(PEERS_READY): $(TEST_READY)
	@.ci/setup peers
	@touch $@

$(DOCS_READY): pyproject.toml .ci/setup .ci/system-packages nnstudio/ui/display_check.py
	@.ci/setup docs
	@touch $(RUN_READY) $@
