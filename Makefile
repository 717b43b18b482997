# make help lists the targets. Everything is built below $(BUILD).

VERSION := 0.1.0
PREFIX  ?= /usr/local
DESTDIR ?=

CC      ?= cc
CLANG   ?= clang
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool /sbin/bpftool) bpftool)

BUILD ?= build$(if $(SAN),-san)
Q     := $(if $(V),,@)
say    = $(if $(V),,@printf '  %-8s%s\n' '$(1)' '$(2)')

CFLAGS   ?= -O2 -g
WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	    -Wpointer-arith -Wwrite-strings -Wvla -Wno-missing-field-initializers
CPPFLAGS_ALL := -D_GNU_SOURCE -DPROFILE_VERSION='"$(VERSION)"' -I. -I$(BUILD) $(CPPFLAGS)
# Whole stacks of ourselves: leaf functions keep their frame, too.
FRAMES := -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer
CFLAGS_ALL    = -std=gnu11 $(WARNINGS) $(FRAMES) -fno-semantic-interposition $(CFLAGS)
ifdef SAN
CFLAGS_ALL   += -fsanitize=address,undefined -fno-sanitize-recover=undefined
LDFLAGS_ALL  += -fsanitize=address,undefined
endif
LDFLAGS_ALL  += -Wl,--as-needed $(LDFLAGS)
LIBS := -lbpf -ldw -lelf -lz -lzstd -liberty -llzma -ldeflate -ldl -lpthread -lm

# Folders in the order of their layers: each is a static library that sees only
# those to its left (tests/layers/run holds the includes to that).
FOLDERS := base formats collector symbolize render
LINKED  := render symbolize collector formats base

src_of = $(wildcard $(1)/*.c)
obj_of = $(patsubst %.c,$(BUILD)/%.o,$(filter-out %.bpf.c,$(call src_of,$(1)))) \
	 $(patsubst %.S,$(BUILD)/%.o,$(wildcard $(1)/*.S))
lib_of = $(BUILD)/lib$(1).a
LIBRARIES := $(foreach f,$(FOLDERS),$(call lib_of,$(f)))
LINKED_LIBRARIES := $(foreach f,$(LINKED),$(call lib_of,$(f)))

# Those that define maps and globals come before those that use them: the linker of
# libbpf 1.1 forgets the place of a variable whose definition it meets last.
BPF_DEFINE  := bpf/ring.bpf.c bpf/unwind.bpf.c bpf/stack.bpf.c bpf/task.bpf.c \
	       bpf/latency.bpf.c bpf/sched.bpf.c bpf/wait_memo.bpf.c bpf/syscall.bpf.c
BPF_SOURCES := $(BPF_DEFINE) $(filter-out $(BPF_DEFINE),$(wildcard bpf/*.bpf.c))
BPF_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(BPF_SOURCES))
BPF_ARCH    := $(patsubst x86_64,x86,$(patsubst aarch64,arm64,$(shell uname -m)))
SKELETONS   := $(BUILD)/bpf/profile.skel.h $(BUILD)/bpf/sampling.skel.h

.PHONY: all help check check-root bench bless format install uninstall clean docs
.DELETE_ON_ERROR:
.SECONDARY:

all: $(BUILD)/profile ## build the program (default)

$(BUILD)/profile: $(BUILD)/profile.o $(LINKED_LIBRARIES)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $< $(LINKED_LIBRARIES) $(LIBS)

define library
$$(call lib_of,$(1)): $$(call obj_of,$(1))
	$$(call say,AR,$$@)
	$$(Q)mkdir -p $$(@D) && rm -f $$@ && $$(AR) rcs $$@ $$^
endef
$(foreach f,$(FOLDERS),$(eval $(call library,$(f))))

$(BUILD)/%.o: %.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(BUILD)/%.o: %.S
	$(call say,AS,$<)
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS_ALL) -MMD -MP -c -o $@ $<

# What an .incbin takes in, no compiler tells of.
$(BUILD)/render/scripts.o: $(wildcard render/*.js)

# The kernel side: one object a source, linked into two skeletons. Needs neither BTF
# nor headers of the running kernel.
BPF_COMPILE = $(CLANG) -target bpf -D__TARGET_ARCH_$(BPF_ARCH) -O2 -g -mcpu=v3 \
	-I. -I/usr/include/$(shell $(CC) -print-multiarch) -Wall -Werror \
	-Wno-missing-declarations -fno-stack-protector -MMD -MP
$(BUILD)/bpf/%.bpf.o: bpf/%.bpf.c
	$(call say,BPF,$<)
	$(Q)mkdir -p $(@D) && $(BPF_COMPILE) -c -o $@ $<

# All of them, and those that take samples.
SAMPLING := ring unwind stack task sample symbol
$(BUILD)/bpf/profile.linked.o: $(BPF_OBJECTS)
$(BUILD)/bpf/sampling.linked.o: $(SAMPLING:%=$(BUILD)/bpf/%.bpf.o)
$(BUILD)/bpf/%.linked.o:
	$(call say,BPFLINK,$@)
	$(Q)$(BPFTOOL) gen object $@ $^

$(BUILD)/bpf/%.skel.h: $(BUILD)/bpf/%.linked.o
	$(call say,SKELETON,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf > $@

$(call obj_of,collector): | $(SKELETONS)

# The names of system calls, as this machine's headers have them.
SYSCALL_NAMES := $(BUILD)/collector/syscall_names.inc
$(SYSCALL_NAMES): Makefile
	$(call say,NAMES,$@)
	$(Q)mkdir -p $(@D) && echo '#include <sys/syscall.h>' | $(CC) -E -dM - | \
		sed -n 's/^#define __NR_\([a-z0-9_]*\) \([0-9]*\)$$/{ \2, "\1" },/p' | \
		sort -t ' ' -k 2n > $@
$(BUILD)/collector/syscall_name.o: $(SYSCALL_NAMES)

# Unit tests: tests/unit/test_NOUN.c is a program of its own.
UNIT_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/test_*.c))
$(UNIT_TESTS:=.o): | $(SKELETONS)
$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(LINKED_LIBRARIES)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $< $(LINKED_LIBRARIES) -lcmocka $(LIBS)

# Fuzz targets: a program of its own each, that replays the files it is given and, with
# -runs=N, mutates them.
FUZZ_TARGETS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/fuzz/fuzz_*.c))
$(BUILD)/tests/fuzz/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/tests/fuzz/driver.o $(LINKED_LIBRARIES)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $< $(BUILD)/tests/fuzz/driver.o \
		$(LINKED_LIBRARIES) $(LIBS)

# Workloads with known answers, for live tests and benches: plain programs, built as a
# user would (frame pointers, symbols), each named after what it proves.
WORKLOADS := $(patsubst tests/live/workloads/%.c,$(BUILD)/workloads/%,\
	     $(wildcard tests/live/workloads/*.c))
$(BUILD)/workloads/no_frame_pointer: WORKLOAD_FRAMES := -fomit-frame-pointer
WORKLOAD_FRAMES = $(FRAMES)
$(BUILD)/workloads/%: tests/live/workloads/%.c tests/live/workloads/ref.h
	$(call say,WORKLOAD,$@)
	$(Q)mkdir -p $(@D) && $(CC) -std=gnu11 -D_GNU_SOURCE -O1 -g $(WORKLOAD_FRAMES) \
		-fno-optimize-sibling-calls -fno-inline $(WARNINGS) -pthread -o $@ $< -lm

# What live tests read traces with.
JUDGES := $(patsubst tests/live/judges/%.c,$(BUILD)/judges/%,$(wildcard tests/live/judges/*.c))
$(BUILD)/judges/%: $(BUILD)/tests/live/judges/%.o $(LINKED_LIBRARIES)
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $< $(LINKED_LIBRARIES) $(LIBS)

# Rows of any files, how fast and how large.
MAKE_ROWS := $(BUILD)/tests/bench/make_rows
$(MAKE_ROWS): $(MAKE_ROWS).o $(LINKED_LIBRARIES)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $< $(LINKED_LIBRARIES) $(LIBS)
bench: $(MAKE_ROWS)

# The bench of the walk by tables: BPF programs of its own around bpf/unwind.bpf.c, and the
# code that they walk, built with frame pointers and without.
UNWIND_SPEED := $(BUILD)/tests/bench/unwind_speed
$(BUILD)/tests/bench/%.bpf.o: tests/bench/%.bpf.c
	$(call say,BPF,$<)
	$(Q)mkdir -p $(@D) && $(BPF_COMPILE) -c -o $@ $<

$(UNWIND_SPEED).linked.o: $(BUILD)/bpf/ring.bpf.o $(BUILD)/bpf/unwind.bpf.o $(UNWIND_SPEED).bpf.o
	$(call say,BPFLINK,$@)
	$(Q)$(BPFTOOL) gen object $@ $^

$(UNWIND_SPEED).skel.h: $(UNWIND_SPEED).linked.o
	$(call say,SKELETON,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name unwind_speed > $@

CHAIN_fp    := $(FRAMES)
CHAIN_plain := -fomit-frame-pointer
$(BUILD)/tests/bench/unwind_chain_%.o: tests/bench/unwind_chain.c tests/bench/unwind_chain.h
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS_ALL) -std=gnu11 $(WARNINGS) -O2 $(CHAIN_$*) \
		-fno-optimize-sibling-calls -DUNWIND_CHAIN=unwind_chain_$* -c -o $@ $<

$(UNWIND_SPEED).o: | $(UNWIND_SPEED).skel.h
$(UNWIND_SPEED): $(UNWIND_SPEED).o $(BUILD)/tests/bench/unwind_chain_fp.o \
		$(BUILD)/tests/bench/unwind_chain_plain.o $(LINKED_LIBRARIES)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) $(LINKED_LIBRARIES) $(LIBS)

# The judge of the walks: rows, symbolize and libdw on the same copied stacks.
RIGHT_STACKS := $(BUILD)/tests/bench/right_stacks
$(RIGHT_STACKS): $(RIGHT_STACKS).o $(BUILD)/tests/bench/dwfl_walk.o $(LINKED_LIBRARIES)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) $(LINKED_LIBRARIES) $(LIBS)

.PHONY: workloads test-programs
workloads: $(WORKLOADS)
test-programs: all $(UNIT_TESTS) $(FUZZ_TARGETS) workloads $(JUDGES)

check: test-programs ## run every test that needs no root (under a minute)
	$(Q)BUILD=$(BUILD) SAN=$(SAN) CC='$(CC)' tests/run layers headers manuals unit golden fuzz

check-root: test-programs ## also the live tests: BPF, as root
	$(Q)BUILD=$(BUILD) CC='$(CC)' tests/run live

bench: test-programs $(UNWIND_SPEED) $(RIGHT_STACKS) ## measure ratios against peers, side by side
	$(Q)BUILD=$(BUILD) CC='$(CC)' tests/bench/run

bless: test-programs ## rewrite the golden files from what the program does now
	$(Q)BUILD=$(BUILD) BLESS=1 tests/run golden

format: ## lay out the sources by .clang-format
	$(Q)git ls-files '*.c' '*.h' | xargs clang-format -i

# Man pages and completions come out of the program itself.
MAN_DIR  := $(DESTDIR)$(PREFIX)/share/man/man1
BASH_DIR := $(DESTDIR)$(PREFIX)/share/bash-completion/completions
ZSH_DIR  := $(DESTDIR)$(PREFIX)/share/zsh/site-functions
FISH_DIR := $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d

docs: all ## write the man pages into $(BUILD)/man
	$(Q)mkdir -p $(BUILD)/man && $(BUILD)/profile help --man-pages $(BUILD)/man

install: all docs ## install below DESTDIR/PREFIX
	$(Q)install -D -m 755 $(BUILD)/profile $(DESTDIR)$(PREFIX)/bin/profile
	$(Q)install -d $(MAN_DIR) $(BASH_DIR) $(ZSH_DIR) $(FISH_DIR)
	$(Q)install -m 644 $(BUILD)/man/*.1 $(MAN_DIR)
	$(Q)$(BUILD)/profile help --completion bash > $(BASH_DIR)/profile
	$(Q)$(BUILD)/profile help --completion zsh > $(ZSH_DIR)/_profile
	$(Q)$(BUILD)/profile help --completion fish > $(FISH_DIR)/profile.fish

uninstall: ## remove what install put there
	$(Q)rm -f $(DESTDIR)$(PREFIX)/bin/profile $(MAN_DIR)/profile.1 $(MAN_DIR)/profile-*.1 \
		$(BASH_DIR)/profile $(ZSH_DIR)/_profile $(FISH_DIR)/profile.fish

clean: ## remove what was built
	$(Q)rm -rf build build-san $(filter-out / . .. %/. %/..,$(BUILD))

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo "  variables: V=1 (show commands)  SAN=1 (ASan and UBSan)  BUILD=DIR  PREFIX=DIR  DESTDIR=DIR"

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
