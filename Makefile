# Each target runs a file in scripts/, which installs what it needs: a fresh clone needs no other step.

.PHONY: help demo test test-unplanned differential check lint schema bench explorer lock clean

help:
	@echo 'make demo            start the simulator and the gateway, with GraphiQL'
	@echo 'make test            run all tests'
	@echo 'make test-unplanned  run the tests that execute operations with graphql-core instead of plans'
	@echo 'make differential    compare plans with graphql-core in CASES=20000 cases'
	@echo 'make check           format, lint, types, import rules, schema drift, lock files'
	@echo 'make lint            format, lint, types, import rules'
	@echo 'make schema          write schema.graphql from the code'
	@echo 'make bench           compare the gateway with its peers; QUICK=1 for a short run, PUBLISH=1 to write the docs'
	@echo 'make explorer        build the GraphiQL page'
	@echo 'make lock            write the lock files'
	@echo 'make clean           remove what the targets above created'

demo:
	@scripts/demo

test:
	@scripts/test

test-unplanned:
	@scripts/test --unplanned

differential:
	@scripts/differential --cases $(or $(CASES),20000) --seed $(or $(SEED),0)

check:
	@scripts/check

lint:
	@scripts/lint

schema:
	@scripts/schema

bench:
	@scripts/bench $(if $(QUICK),--quick) $(if $(PUBLISH),--publish)

explorer:
	@scripts/explorer

lock:
	@scripts/bootstrap
	@scripts/lock

clean:
	rm -rf .venv .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache build dist
	rm -rf explorer/node_modules tests/conformance/node_modules bench/peers/node_modules
	rm -rf src/lms_gateway/web/explorer/static
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
