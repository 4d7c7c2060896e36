# The same verbs everywhere. Each does its own set-up.
PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= 4
# Bytecode is kept, as `pip install` keeps it: without it each start of a program compiles a thousand files.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: setup check test proxies test-machine test-schema test-docker kubernetes test-kubernetes test-browser test-assess demo bench docs clean

# `$(call debian,PROGRAMS,PACKAGES)`: install the packages where one of the programs is missing, one call after the other.
define debian
	@for program in $(1); do PATH=$$PATH:/usr/sbin:/usr/lib/cni command -v $$program >/dev/null || missing=yes; done; \
	test -z "$$missing" || DEBIAN_FRONTEND=noninteractive flock /var/lock/shipway-packages \
	sh -c 'apt-get update --quiet >/dev/null && apt-get install --yes --quiet $(2) >/dev/null'
endef

setup: .venv/ready

.venv/ready: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable . --group dev
	touch $@

check: setup
	$(BIN)/ruff format --check src tests benchmarks examples
	$(BIN)/ruff check src tests benchmarks examples
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/style

# Proxies that people have already; `make test` skips them where they are missing.
proxies:
	$(call debian,haproxy nginx,--no-install-recommends haproxy nginx-light)

test: setup
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal --ignore=tests/platforms $(ARGS)

# The long proofs on real parts, a folder for each platform: what everyday work need not wait for, and CI runs.
test-machine: setup proxies
	$(BIN)/python -m pytest -q -n 2 --dist worksteal tests/platforms/machine $(ARGS)

# Schema changes on a real PostgreSQL and a real MariaDB, under writers that never stop. Most of it is waiting for locks.
test-schema: setup
	$(call debian,mariadbd pt-online-schema-change,--no-install-recommends mariadb-server percona-toolkit)
	$(BIN)/python -m pytest -q -n 4 --dist worksteal tests/platforms/schema $(ARGS)

# Containers on a Docker Engine, and services of a Swarm, of the tests' own, with a registry beside it; both as root.
test-docker: setup
	$(call debian,dockerd docker-registry haproxy nginx,docker.io docker-registry haproxy nginx-light)
	$(BIN)/python -m pytest -q -n 2 --dist worksteal tests/platforms/containers tests/platforms/docker tests/platforms/swarm $(ARGS)

# A real Kubernetes from the released Go modules, once on a machine: 10 minutes of a processor.
kubernetes: setup
	@cd tests && ../$(BIN)/python -m platforms.kubernetes.binary

# A real cluster of one node.
test-kubernetes: setup kubernetes
	$(call debian,containerd dockerd host-local conntrack iptables,docker.io containernetworking-plugins conntrack iptables)
	$(BIN)/python -m pytest -q tests/platforms/kubernetes $(ARGS)

# Flags in a page and in Node, through packages that are not ours: in a real Chromium.
test-browser: setup
	$(call debian,chromium,chromium)
	$(BIN)/python -m pytest -q tests/platforms/browser $(ARGS)

# Assessments of released archives of PyPI, reviewed by hand, and of a history of 50,000 commits; Jenkinsfiles before a linter.
test-assess: setup
	$(call debian,java npm,--no-install-recommends default-jre-headless npm)
	$(BIN)/python -m pytest -q tests/platforms/assess tests/platforms/pipelines $(ARGS)

demo: setup
	$(BIN)/shipway demo

bench: setup
	$(BIN)/python -m benchmarks $(ONLY)

clean:
	rm -rf .venv build dist
