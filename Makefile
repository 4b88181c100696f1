# SPDX-License-Identifier: GPL-2.0-only
# What a person types; `make help` lists it. kbuild reads Kbuild.

KREL ?= $(shell uname -r)
KDIR ?= /lib/modules/$(KREL)/build
O := $(CURDIR)/build
# Where the kernel's tools/testing/selftests lies; default: fetched.
KSFT ?=
CMD ?=
MINUTES ?= 1

.PHONY: all help lib modules selftests install clean setup bench guest-module guest-lib guest-tests guest shell demo check check-all check-debug check-kcsan check-sanitize coverage check-races check-programs conformance fuzz soak style

all: lib
ifneq ($(wildcard $(KDIR)/Makefile),)
all: modules
else
	@echo "No module built: there are no kernel headers in $(KDIR)."
endif

help:
	@echo 'For the running kernel (needs its headers):'
	@echo '  make            build module, library and command'
	@echo '  make install    install them; DESTDIR and PREFIX are honoured'
	@echo 'In a guest (installs what is missing, fetches a kernel):'
	@echo '  make demo       show what altshm does'
	@echo '  make check      run all tests'
	@echo '  make check-all  run them on every supported kernel'
	@echo '  make check-debug    run them on a kernel full of checkers, built at first use'
	@echo '  make check-programs   run other people'\''s programs on it'
	@echo '  make shell      a shell with the module loaded'
	@echo '  make guest CMD="..."   run one command'
	@echo '  ALTSHM_SUITE=bookworm-backports make ...   with the kernel of another suite'
	@echo '  ALTSHM_CACHE=DIR make ...   fetched files go there, not to ~/.cache/altshm'
	@echo 'For developers:'
	@echo '  make lib | modules | selftests | style | clean'
	@echo '  make coverage   which lines of the module the tests reach; fails on one without reason'
	@echo '  make check-sanitize   run the command and shims with the address and undefined behaviour sanitizers'
	@echo '  make check-kcsan    run those about races on a kernel that looks for data races'
	@echo '  make conformance   compare docs/conformance.md with what the tests say'
	@echo '  make check-races   races on four processors; ALTSHM_RACE_SECONDS=N for each'
	@echo '  make soak MILLIONS=N   so many million calls, with workers killed all along; nothing may grow'
	@echo '  make bench [QUICK=1]   measure altshm beside the kernel'\''s own facility'
	@echo '  make fuzz MINUTES=N   random calls, each answer held against a model'

lib:
	@mkdir -p $(O)
	$(MAKE) -C lib O=$(O)

modules:
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

selftests:
	@mkdir -p $(O)
	@ksft=$(KSFT); ksft=$${ksft:-$$(scripts/kernel-source)} && \
	$(MAKE) -C selftests O=$(O) KSFT=$$ksft && \
	cp -r $$ksft/tools/testing/selftests/kselftest $(O)/

install: all
	$(MAKE) -C lib O=$(O) install
	$(if $(DESTDIR),,ldconfig)
# Debian's headers ask for signing but come without a key.
ifneq ($(wildcard $(KDIR)/Makefile),)
	$(MAKE) -C $(KDIR) M=$(CURDIR) CONFIG_MODULE_SIG_ALL= INSTALL_MOD_PATH=$(DESTDIR) modules_install
	$(if $(DESTDIR),,depmod $(KREL))
endif

clean:
	$(MAKE) -C lib O=$(O) clean
	$(if $(wildcard $(KDIR)/Makefile),$(MAKE) -C $(KDIR) M=$(CURDIR) clean)
	rm -rf $(O)

setup:
	@scripts/setup

# What a guest gets, built without a word.
guest-module: setup
	@scripts/module

guest-lib: setup
	@$(MAKE) -s --no-print-directory lib

guest-tests: setup
	@$(MAKE) -s --no-print-directory selftests

shell: guest-module guest-lib guest-tests
	@scripts/guest --shell

guest: guest-module guest-lib guest-tests
	@scripts/guest -- sh -c '$(subst ','\'',$(CMD))'

demo: guest-module guest-lib guest-tests
	@install scripts/demo.sh $(O)/demo
	@scripts/guest -- demo

check: guest-module guest-lib guest-tests
	@KSFT=$(KSFT) scripts/check

check-all: guest-lib guest-tests
	@KSFT=$(KSFT) scripts/check-all

bench: guest-module guest-lib guest-tests
	@scripts/bench $(if $(QUICK),--quick)

# Built without a warning and with the unit tests of the module.
check-debug: guest-lib guest-tests
	@kernel=$$(scripts/debug-kernel) && \
	scripts/module --kernel $$kernel W=1 KCFLAGS=-Werror && \
	KSFT=$(KSFT) scripts/check --kernel $$kernel --guests 2 --races-smp 4 $(TESTS)

# Programs that run the command, or load a shim.
check-sanitize: guest-module guest-lib guest-tests
	@$(MAKE) -s --no-print-directory -C lib O=$(O) SAN=1
	@KSFT=$(KSFT) scripts/check --sanitized $(patsubst selftests/%.c,%,$(wildcard selftests/cli_*test.c)) \
		explain_run_test shim_test trap_test

check-kcsan: guest-lib guest-tests
	@scripts/check-kcsan $(TESTS)

coverage: guest-lib guest-tests
	@KSFT=$(KSFT) scripts/coverage $(TESTS)

conformance: guest-lib guest-tests
	@KSFT=$(KSFT) scripts/conformance

fuzz: guest-module guest-lib guest-tests
	@scripts/fuzz --minutes $(MINUTES)

check-programs: guest-module guest-lib guest-tests
	@scripts/check-programs $(TESTS)

check-races: guest-module guest-lib guest-tests
	@scripts/check --smp 4 $(patsubst selftests/%.c,%,$(wildcard selftests/race_*test.c))

soak: guest-module guest-lib guest-tests
	@scripts/check-soak $(MILLIONS)

style:
	@scripts/style
