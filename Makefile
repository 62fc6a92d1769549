# make run      the site with demo data at http://localhost:8000 (PORT=8010 for another port)
# make test     all tests: on SQLite, on PostgreSQL, in the browser
# make check    formatting, lint, types, migrations, translations, deployment
# `make help` lists the rest. Everything lives in .venv/, .tools/ and var/; nothing is installed elsewhere.

PORT ?= 8000
PY := .venv/bin/python
TEST ?= tests
SOURCES := accounts hubs services rooms surveys servicetorg gunicorn.conf.py

# Where this is set, each of the dozen processes of a test run would compile every module anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test test-sqlite test-postgresql test-browser check lint types site bench \
        messages translations format vendor demo clean
.DEFAULT_GOAL := help

help: ## list these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

.venv/.run: uv.lock bin/prepare
	@bin/prepare run

.venv/.dev: uv.lock bin/prepare
	@bin/prepare dev
	@touch .venv/.run

.env:
	@echo "DEBUG=true" > .env

translations: | .venv/.run
	@$(PY) -m servicetorg.translations compile

run: .venv/.run .env translations ## the site with demo data; PORT=8010 for another port
	@$(PY) manage.py develop --port $(PORT)

test: .venv/.dev translations ## all tests on both databases and in the browser
	@bin/test

test-sqlite: .venv/.dev translations ## tests on SQLite alone; TEST=tests/rooms for a part
	@$(PY) -m pytest -q -n 2 --ignore tests/browser --ignore tests/bench $(TEST)

test-postgresql: .venv/.dev translations ## tests on PostgreSQL alone
	@TEST_DATABASE=postgresql $(PY) -m pytest -q -n 2 --ignore tests/browser --ignore tests/bench $(TEST)

test-browser: .venv/.dev translations ## tests in the browser alone; pictures in var/screenshots/
	@$(PY) -m pytest -q -n 2 -p no:randomly tests/browser

check: .venv/.dev translations ## everything that can be judged without running the site
	@$(MAKE) --no-print-directory -j2 lint types site

lint:
	@.venv/bin/ruff format --check --quiet . || (echo "Run make format."; exit 1)
	@.venv/bin/ruff check --quiet .
	@git ls-files -z --cached --others --exclude-standard 'templates/*.html' | xargs -0 -r .venv/bin/djade --check --target-version 6.1
	@.venv/bin/djlint --quiet --lint templates

types:
	@IGNORE_DOT_ENV=true DEBUG=true .venv/bin/mypy

site:
	@IGNORE_DOT_ENV=true DEBUG=true $(PY) manage.py makemigrations --check --dry-run
	@$(PY) -m servicetorg.translations check
	@bin/check-deploy

bench: .venv/.dev translations ## how long the important questions take, beside bare SQL; BENCH="--size L" for a part
	@$(PY) -m tests.bench $(BENCH)
	@$(PY) -m tests.bench.pages $(BENCH)
	@$(PY) -m pytest -q -s -p no:randomly tests/bench
	@$(PY) -m tests.bench.storm

messages: .venv/.dev ## collect new texts into locale/ (needs GNU gettext)
	@$(PY) manage.py makemessages -l sv -l fi

format: .venv/.dev ## format code and templates
	@.venv/bin/ruff check --quiet --fix-only .
	@.venv/bin/ruff format --quiet .
	@git ls-files -z --cached --others --exclude-standard 'templates/*.html' | xargs -0 -r .venv/bin/djade --target-version 6.1

vendor: ## fetch htmx, the font and the icons anew (needs npm)
	@$$(bin/prepare uv) run --no-project --with fonttools --with brotli python static/vendor/refresh.py

demo: .venv/.run ## load the demo data again (refuses where there is real content)
	@$(PY) manage.py load_demo

clean: ## forget .venv, .tools and everything made; keeps the database
	@rm -rf .venv .tools var .mypy_cache .ruff_cache .pytest_cache .hypothesis
