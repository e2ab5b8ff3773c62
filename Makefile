# `make demo` and `make test` set up everything themselves; they need only Python 3.11 or newer.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test test-all check site bench spark clean

$(READY): pyproject.toml requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	touch $@

demo: $(READY)
	$(BIN)/painpath demo --out demo-out

test: $(READY)
	$(BIN)/python -m pytest -m "not slow" -n auto

test-all: $(READY)
	$(BIN)/python -m pytest -n auto

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/painpath knowledge check --examples tests/vignettes

site: $(READY)
	$(BIN)/painpath knowledge site --out docs/site

bench: $(READY)
	$(BIN)/python -m benchmarks

# What `painpath screen --engine spark` and its tests need besides Java.
spark: $(READY)
	$(BIN)/python -m pip install --quiet --requirement requirements-spark.lock

clean:
	rm -rf $(VENV) demo-out docs/site
