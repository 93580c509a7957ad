# Each target is a file in scripts/, which sets up what it needs: a fresh clone needs no other step.

.PHONY: help demo test test-unplanned differential check lint schema bench explorer lock clean

help:
	@echo 'make demo      the sandbox and the gateway on it, with GraphiQL'
	@echo 'make test      all tests'
	@echo 'make test-unplanned  the same without plans, as far as they make a difference'
	@echo 'make differential  plans against graphql-core, CASES=20000 of them'
	@echo 'make check     style, types, import rules, schema drift, tidy locks'
	@echo 'make schema    write schema.graphql from the code'
	@echo 'make bench     the gateway against its peers; QUICK=1 in a minute, PUBLISH=1 into the docs'
	@echo 'make explorer  build the GraphiQL page'
	@echo 'make lock      pin the dependencies anew'
	@echo 'make clean     remove what the targets above made'

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
