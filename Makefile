# The project's own Node.js (24 LTS, from npm) comes before the machine's.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

.PHONY: help setup page test lint types demo bench clean test-image

help:
	@echo 'make test    install what the tests need, then lint, types and every test; ends with the totals'
	@echo 'make test-image   the image put through its paces in QEMU, an hour without KVM; milestones in build/image/transcript.txt'
	@echo 'make demo    two boxes, a modality, a PACS: a CT study goes through (KEEP=1 leaves the boxes running)'
	@echo 'make bench   measure against DCMTK and GnuPG'
	@echo 'make page    build the page that the box serves'
	@echo 'make setup   only install; make lint, make types: only these; make clean: remove what was installed here'

setup:
	@scripts/setup.sh

test: setup page
	@$(MAKE) --no-print-directory lint types
	@vitest run --config test/vitest.config.ts

test-image: setup page
	@vitest run --config test/image/vitest.config.ts

page:
	@vite build --config src/web/page/vite.config.ts

lint:
	@biome check --error-on-warnings

types:
	@tsc --noEmit
	@tsc --noEmit -p src/web/page

demo: setup page
	@node scripts/demo.ts $(if $(KEEP),--keep)

bench: setup
	@node src/bench/main.ts

clean:
	rm -rf node_modules .cache build
