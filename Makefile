# `make test` and `make demo` need nothing but Python 3.11, git and make; the rest they fetch themselves.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
RIPELINE_REAL_DATA ?= ../shared/data
WORKERS ?= 2
BIN := .venv/bin
INSTALLED := .venv/installed
CLIENTS := build/clients/installed
LANGUAGES := en de nl da
LOCALE := src/ripeline/locale
DEMO := demo
ROUNDS := 100
POSTGRESQL := /usr/lib/postgresql/*/bin/initdb
PIP := $(BIN)/pip --quiet --disable-pip-version-check --no-input

.PHONY: help test faults check test-real demo bench bench-export bench-intake bench-lists bench-server bench-outgoing bench-mails clients reference messages pins system clean

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

test: check $(CLIENTS) ## Check style, types and layers, and run all tests that need no foreign data, on both databases
	@# Compiles what is not compiled yet, once and not in each worker.
	@$(BIN)/ripeline check src/ripeline/playbooks/consultancy.yaml >/dev/null
	$(BIN)/pytest -n $(WORKERS) -m "not real and not faults"
	RIPELINE_TEST_DATABASE=postgresql $(BIN)/pytest -n $(WORKERS) -m "not faults" tests/server

faults: $(INSTALLED) $(CLIENTS) ## Kill, fill up, hold and cut off a running server over many rounds (ROUNDS, 100 unless set)
	RIPELINE_TEST_ROUNDS=$(ROUNDS) $(BIN)/pytest -n 0 -p no:randomly tests/faults
	RIPELINE_TEST_OUTAGE=60 $(BIN)/pytest -n 0 tests/server/test_real_clients.py

check: $(INSTALLED) ## Check style, types and layers only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test-real: $(INSTALLED) ## Run the tests on real data, in the folder RIPELINE_REAL_DATA
	@test -d "$(RIPELINE_REAL_DATA)" || { echo "The real data is not at $(RIPELINE_REAL_DATA): set RIPELINE_REAL_DATA to its folder." >&2; exit 1; }
	RIPELINE_REAL_DATA="$(RIPELINE_REAL_DATA)" $(BIN)/pytest -n $(WORKERS) -m real

demo: $(INSTALLED) ## Score and explain made-up leads, in the folder demo
	@rm -rf $(DEMO)
	$(BIN)/ripeline generate $(DEMO) --template consultancy --leads 400 --years 1
	$(BIN)/ripeline init --template consultancy $(DEMO)/playbook.yaml
	$(BIN)/ripeline check $(DEMO)/playbook.yaml
	$(BIN)/ripeline score $(DEMO)/playbook.yaml --leads $(DEMO)/leads.csv --events $(DEMO)/events.csv --explain --out $(DEMO)/scores.csv
	$(BIN)/ripeline explain $(DEMO)/playbook.yaml --leads $(DEMO)/leads.csv --events $(DEMO)/events.csv --lead generated-337
	@echo "The leads are made up. All files are in the folder $(DEMO): change the playbook, and score them again."

bench: $(INSTALLED) ## Measure the speed beside the floor, and print the table
	$(BIN)/python benchmarks/run.py

bench-intake: $(INSTALLED) ## Measure the intake beside a plain Django view on both databases (needs wrk and postgresql)
	$(BIN)/python benchmarks/intake.py

bench-export: $(INSTALLED) ## Measure the export of a store of a million leads and twenty million events (10 GB of disk)
	$(BIN)/python benchmarks/export.py

bench-lists: $(INSTALLED) ## Measure the lists over a store of 100,000 leads and five million events, and the daily review
	$(BIN)/python benchmarks/lists.py

bench-server: $(INSTALLED) ## Measure on a running server how long it takes from the event to the decision
	$(BIN)/python benchmarks/server.py

reference: $(INSTALLED) ## Write the reference of the playbook anew from the code
	$(BIN)/python -m ripeline.core.playbook_reference

bench-outgoing: $(INSTALLED) ## Measure on a running server how long it takes from the decision to the receiver
	$(BIN)/python benchmarks/outgoing.py

bench-mails: $(INSTALLED) ## Measure mails to leads on both databases, and single events beside them
	$(BIN)/python benchmarks/mailings.py
	$(BIN)/python benchmarks/mailings.py --postgresql

clients: $(CLIENTS) ## Install what the tests need in JavaScript: the clients that send events, and axe-core

$(CLIENTS): | system
	@mkdir -p build/clients
	npm install --silent --no-audit --no-fund --no-save --ignore-scripts --prefix build/clients @segment/analytics-node@3.1.0 axe-core@4.14.1
	@touch $@

messages: $(INSTALLED) ## Collect the messages from the code, and compile their translations
	$(BIN)/pybabel --quiet extract --mapping babel.cfg --no-location --sort-output --project ripeline --output .venv/ripeline.pot src/ripeline
	@for language in $(LANGUAGES); do \
		test -e $(LOCALE)/$$language/LC_MESSAGES/ripeline.po || \
		$(BIN)/pybabel --quiet init --domain ripeline --input-file .venv/ripeline.pot --output-dir $(LOCALE) --locale $$language; \
	done
	$(BIN)/pybabel --quiet update --domain ripeline --input-file .venv/ripeline.pot --output-dir $(LOCALE) \
		--ignore-obsolete --no-fuzzy-matching --ignore-pot-creation-date
	$(BIN)/pybabel --quiet compile --domain ripeline --directory $(LOCALE)

pins: system ## Renew constraints.txt with the newest versions that fit together
	rm -rf .venv/pins && $(PYTHON) -m venv .venv/pins
	.venv/pins/bin/pip --quiet --no-input install --editable '.[dev]'
	{ grep '^#' constraints.txt; .venv/pins/bin/pip freeze --exclude-editable --exclude setuptools | sort -f; } > .venv/constraints.txt
	mv .venv/constraints.txt constraints.txt
	rm -rf .venv/pins

$(INSTALLED): pyproject.toml constraints.txt | system
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	@$(PIP) install --constraint constraints.txt --editable '.[dev]'
	@touch $@

# Python without its venv module is how Debian ships it, and PostgreSQL is a package; as root that is mended, else it is said.
system:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: please install it." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $(PYTHON) is older: set PYTHON=/path/to/python3.11." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && \
		apt-get update -qq && apt-get install -qq -y python3-venv; } || { echo "Python's venv module is missing: please install the package python3-venv." >&2; exit 1; }
	@{ test -n "$(wildcard $(POSTGRESQL))" && command -v strace >/dev/null; } || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && \
		apt-get update -qq && apt-get install -qq -y postgresql strace; } || { echo "The tests need PostgreSQL and strace: please install the packages postgresql and strace." >&2; exit 1; }
	@{ command -v chromium >/dev/null && command -v npm >/dev/null; } || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && \
		apt-get update -qq && apt-get install -qq -y chromium $$(command -v npm >/dev/null || echo nodejs npm); } || { echo "The tests need Chromium and npm: please install the packages chromium, nodejs and npm." >&2; exit 1; }
	@test -x /usr/sbin/dovecot -a -x /usr/lib/dovecot/imap -a -x /usr/lib/dovecot/lmtp || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && \
		apt-get update -qq && apt-get install -qq -y dovecot-imapd dovecot-lmtpd; } || { echo "The tests need Dovecot: please install the packages dovecot-imapd and dovecot-lmtpd." >&2; exit 1; }

clean: ## Remove everything that can be made again
	rm -rf .venv build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache benchmarks/data $(DEMO)
