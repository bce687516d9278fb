# Two commands are enough: `make run` and `make test`. Each sets up what it needs the first time, in .venv.

VENV := .venv
PYTHON := $(VENV)/bin/python
RUN_READY := $(VENV)/.ready-to-run
TEST_READY := $(VENV)/.ready-to-test
TEST_COMPILED := $(VENV)/.tests-compiled
PEERS_READY := $(VENV)/.ready-for-peers
DOCS_READY := $(VENV)/.ready-for-docs

# Where it is set, every test process, and every program that one starts, would compile all modules anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test lint bench endure docs clean

help:
	@echo "make run     open the studio (make run FILE=name.nnstudio opens a project)"
	@echo "make test    run the tests"
	@echo "make lint    check style and types"
	@echo "make bench   measure speed against PyTorch, and how smooth the window is"
	@echo "make endure  an hour of training, 1,000 kills, 20,000 random actions, 100,000 damaged copies of each kind of file, fuzzing"
	@echo "make docs    build the documentation as a site, in build/site"
	@echo "make clean   remove .venv and everything else that was made"

run: $(RUN_READY)
	@$(VENV)/bin/nnstudio $(FILE)

# What compares with PyTorch alone is not even read.
NO_PARITY := --ignore-glob='*_parity.py'

# Side by side, file by file. Random examples are the same in every run; pytest by itself draws others each time.
test: $(TEST_COMPILED)
	$(PYTHON) -m pytest -n auto --dist loadfile --no-loadscope-reorder --hypothesis-seed=0 $(NO_PARITY) \
		-m "not peers and not benchmark and not whole"

lint: $(TEST_READY)
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	@$(PYTHON) .ci/audit

bench: $(PEERS_READY)
	@$(PYTHON) -m tests.benchmarks; engine=$$?; $(PYTHON) -m tests.benchmarks.window; window=$$?; \
	$(PYTHON) -m tests.benchmarks.canvas && exit $$((engine + window))

# Long by intent; other tests are ended after four minutes.
UNHURRIED := -o faulthandler_timeout=0

endure: $(TEST_READY)
	$(PYTHON) -m tests.endurance.soak --minutes 60 --cycles 200
	NNSTUDIO_KILLS=1000 $(PYTHON) -m pytest -rP $(UNHURRIED) tests/endurance/test_kills.py
	NNSTUDIO_ACTIONS=20000 NNSTUDIO_MUTATIONS=100000 $(PYTHON) -m pytest -n auto $(UNHURRIED) tests/endurance
	$(PYTHON) -m tests.endurance.fuzz --seconds 600

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

# Once, for the first time: else every test process would compile all modules, and the tests, at the same moment. What
# cannot be imported, the tests will tell.
$(TEST_COMPILED): $(TEST_READY)
	@$(PYTHON) -m pytest -q --collect-only $(NO_PARITY) >/dev/null 2>&1 || true
	@touch $@

$(PEERS_READY): $(TEST_READY)
	@.ci/setup peers
	@touch $@

$(DOCS_READY): pyproject.toml .ci/setup .ci/system-packages nnstudio/ui/display_check.py
	@.ci/setup docs
	@touch $(RUN_READY) $@
