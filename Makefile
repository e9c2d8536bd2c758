# The project's own Node.js (24 LTS, from npm) comes before the machine's.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

.PHONY: help setup builder page test lint types demo bench clean image bundle dev-image qemu machine image-repro test-image test-image-short test-image-more test-fault soak mutation fuzz release

help:
	@echo 'make test    install what the tests need, then lint, types and every test; ends with the totals'
	@echo 'make image   the appliance as a disk image (ARCH=amd64|arm64; KEYS=folder, or DEV=1 to try out); image/README.md'
	@echo 'make bundle  the same as a signed update; make dev-image: both, for development; make image-repro: built twice, compared'
	@echo 'make qemu    boot the image that was built and print the address of its page'
	@echo 'make test-image-short   one boot, one update, one fall-back in QEMU: the end of make test'
	@echo 'make test-image   the image put through its paces in QEMU: update, fall-back, refusals, 20 power cuts; milestones in build/image/transcript.txt'
	@echo 'make test-image-more    what the network sees, sticks, TPM, clones, damaged disks, kernels that hang; both take an hour each'
	@echo 'make test-fault  boxes killed at every system call that counts; ends with a table (POINTS=4: some of each)'
	@echo 'make soak    four boxes, an hour, something befalls one of them every few seconds (MINUTES=60 STUDIES=2000 SEED=n)'
	@echo 'make mutation    deliberate faults in a copy of the source, one at a time: each must be caught by a test'
	@echo 'make release a version to publish: images, bundles, SBOM, licences, checksums, signature (VERSION=1.2.3 KEYS=folder)'
	@echo 'make demo    two boxes, a modality, a PACS: a CT study goes through (KEEP=1 leaves the boxes running)'
	@echo 'make bench   measure against DCMTK and GnuPG'
	@echo 'make fuzz    strange inputs for everything that reads what strangers send (SECONDS=60; SEED=n plays a game again)'
	@echo 'make page    build the page that the box serves'
	@echo 'make setup   only install; make lint, make types: only these; make clean: remove what was installed here'

setup:
	@scripts/setup.sh

test: setup builder machine page
	@$(MAKE) --no-print-directory lint types
	@vitest run --config test/vitest.config.ts

test-image: setup builder machine page
	@vitest run --config test/image/vitest.config.ts --project full

test-image-more: setup builder machine page
	@vitest run --config test/image/vitest.config.ts --project more

test-image-short: setup builder machine page
	@vitest run --config test/image/vitest.config.ts --project short

test-fault: setup
	@vitest run --config test/fault/vitest.config.ts

soak: setup
	@node test/fault/soak.ts $(or $(MINUTES),60) $(or $(STUDIES),2000) $(SEED)

mutation: setup page
	@node test/fault/mutate.ts

image bundle: builder page
	@image/build.sh $@

dev-image: builder page
	@DEV=1 image/build.sh both

image-repro: builder page
	@image/repro.sh

release: builder page
	@VERSION='$(VERSION)' scripts/release.sh

qemu: machine
	@scripts/qemu.sh $(or $(IMAGE),$$(ls -t build/image/out/*-$(or $(ARCH),amd64).img | head -n 1))

builder:
	@scripts/setup.sh image $(filter arm64,$(ARCH))

machine:
	@scripts/setup.sh qemu

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

fuzz: setup
	@node test/fuzz/main.ts --seconds $(or $(SECONDS),60) $(if $(SEED),--seed $(SEED))

clean:
	rm -rf node_modules .cache build
