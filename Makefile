# One command each; every target installs what it needs and skips what is up to date.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run down status install install-dev test api-types format drill bench clean \
        lint lint-python lint-types lint-imports lint-migrations lint-front-end

PYTHON_BIN := .venv/bin/python
SOURCES := config accounts market_data trading deploy/tws_simulator/tws_simulator deploy/desk_client/desk_client
unexport PYTHONDONTWRITEBYTECODE

help: ## say what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "make %-12s %s\n", $$1, $$2 }'

run: install ## install, build and start the whole desk; Ctrl-C stops it
	@DESK_STOP_WITH_PARENT=1 exec $(PYTHON_BIN) manage.py desk up

down: ## stop the running desk of this DESK_HOME
	@$(PYTHON_BIN) manage.py desk down

status: ## say what runs
	@$(PYTHON_BIN) manage.py desk status

install: # the Python environment and the web app, side by side
	@deploy/local/python-env run & python=$$!; deploy/local/front-end build; web=$$?; wait $$python && exit $$web

install-dev:
	@deploy/local/python-env dev & python=$$!; deploy/local/front-end build && deploy/local/front-end packages; web=$$?; \
	wait $$python && exit $$web

test: install-dev ## every test: unit, integration, conformance, end to end, front end; with coverage
	@$(PYTHON_BIN) tests/run_all.py $(ARGS)

lint: lint-python lint-types lint-imports lint-migrations lint-front-end ## ruff, types, import arrows, migrations, front-end lint
	@echo "lint: all clean"

lint-python: install-dev
	@$(PYTHON_BIN) -m ruff check . && $(PYTHON_BIN) -m ruff format --check .

lint-types: install-dev
	@$(PYTHON_BIN) -m mypy $(SOURCES) manage.py

lint-imports: install-dev
	@PYTHONPATH=.:deploy/tws_simulator .venv/bin/lint-imports --no-logo

lint-migrations: install-dev # asked of the models alone: a home of its own, no server to be warned about
	@home=$$(mktemp -d) && trap 'rm -rf "$$home"' EXIT && \
	DESK_HOME=$$home DATABASE_URL= REDIS_URL= DJANGO_SETTINGS_MODULE=config.settings $(PYTHON_BIN) -W ignore -c \
	'import logging; logging.disable(); from django.core.management import execute_from_command_line as run; \
	run(["manage.py", "makemigrations", "--check", "--dry-run"])'

lint-front-end: install-dev
	@cd frontend && npm run --silent lint

api-types: install-dev ## the API's types for the web app and the Python client, from its own description
	@home=$$(mktemp -d) && trap 'rm -rf "$$home"' EXIT && \
	DESK_HOME=$$home DATABASE_URL= REDIS_URL= $(PYTHON_BIN) -W ignore manage.py spectacular --format openapi-json --file $$home/openapi.json && \
	$(PYTHON_BIN) deploy/desk_client/make_shapes.py $$home/openapi.json && \
	cd frontend && npx --no-install openapi-typescript $$home/openapi.json -o src/types/api.ts --default-non-nullable=false

format: install-dev ## let ruff put the Python code in order
	@$(PYTHON_BIN) -m ruff check --fix . ; $(PYTHON_BIN) -m ruff format .

MINUTES ?= 5
drill: install-dev ## random faults and kills against a desk of its own, then a comparison: make drill MINUTES=60 SEED=7
	@$(PYTHON_BIN) -m tests.drill --minutes $(MINUTES) $(if $(SEED),--seed $(SEED)) $(ARGS)

bench: install-dev ## every benchmark: one JSON object a line, and docs/results/bench.json
	@PYTHONPATH=deploy/desk_client $(PYTHON_BIN) -m tests.bench

clean: ## remove environments, builds and caches; the desk's state in .desk/ stays
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage .coverage.* htmlcov
	rm -rf frontend/node_modules frontend/dist frontend/coverage
	find $(SOURCES) tests -name __pycache__ -type d -prune -exec rm -rf {} +
