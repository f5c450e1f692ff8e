# weir: `make help` lists the targets.
# MODE=release|debug|asan|tsan|crash|cov|fuzz picks the flags; everything goes below BUILD, one folder a mode.
.DEFAULT_GOAL := all
MODE ?= release
BUILD ?= build
OUT ?= $(BUILD)/$(MODE)
CC ?= cc
JOBS ?= $(shell nproc 2>/dev/null || echo 1)
DATA ?= ../shared/data
FUZZ_SECONDS ?= 60
EVENTS ?= 1000000

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Werror
ifeq ($(MODE),fuzz) # by clang, whose warnings are lint's
WARN := -w
endif
FLAGS_release := -O3 -g1 -DNDEBUG
FLAGS_debug := -O0 -g3
FLAGS_asan := -O1 -g2 -DWEIR_FAULTS -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FLAGS_tsan := -O1 -g2 -fsanitize=thread
FLAGS_crash := -O2 -g1 -DWEIR_FAULTS
FLAGS_cov := -O0 -g2 --coverage
FLAGS_fuzz := -O1 -g2 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS_ALL := -std=c11 -D_GNU_SOURCE -I. -Iinclude -I$(OUT) -fPIC -fvisibility=hidden -pthread $(FLAGS_$(MODE)) $(CFLAGS)
LIBS := -lsqlite3 -lpcre2-8 -lutf8proc -llz4 -lzstd -lz -lxxhash -lpthread -ldl -lm
SHELL_LIBS := -ledit

LIB_SRC := $(wildcard base/*.c parser/*.c storage/*.c planner/*.c exec/*.c exec/kernel/*.c)
SHELL_SRC := $(wildcard shell/*.c)
UNIT_SRC := $(wildcard tests/unit/test_*.c)
SLT_SRC := $(wildcard tests/slt/*.c)
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
TEST_SRC := $(UNIT_SRC) $(SLT_SRC) $(FUZZ_SRC) $(wildcard tests/fuzz/replay.c tests/fault/*.c tests/time/*.c tests/crash/*.c)
LIB_OBJ := $(LIB_SRC:%.c=$(OUT)/%.o) $(OUT)/parser/sql.o
SHELL_OBJ := $(SHELL_SRC:%.c=$(OUT)/%.o)
SLT_OBJ := $(SLT_SRC:%.c=$(OUT)/%.o)
UNIT_BIN := $(UNIT_SRC:%.c=$(OUT)/%)
REPLAY_BIN := $(FUZZ_SRC:tests/fuzz/fuzz_%.c=$(OUT)/tests/fuzz/replay_%)
FUZZ_BIN := $(FUZZ_SRC:%.c=$(OUT)/%)
SLT := $(OUT)/tests/slt/slt
FAULT := $(OUT)/tests/fault/fault
CRASH := $(OUT)/tests/crash/crash
CRASH_OBJ := $(patsubst %.c,$(OUT)/%.o,$(wildcard tests/crash/*.c))
OWN_C := $(LIB_SRC) $(SHELL_SRC) $(TEST_SRC) $(wildcard bench/bench_*.c)
OWN_H := $(wildcard include/*.h base/*.h parser/*.h storage/*.h planner/*.h exec/*.h exec/kernel/*.h shell/*.h tests/*/*.h)

DEPS_BUILD := gcc libc6-dev make lemon libpcre2-dev libutf8proc-dev liblz4-dev libzstd-dev zlib1g-dev libxxhash-dev \
	libedit-dev libicu-dev libsqlite3-dev
DEPS_TEST := libcmocka-dev python3 python3-venv gzip zstd lz4 tzdata
DEPS_DEV := clang clang-format clang-tidy llvm binutils

all: $(OUT)/weir $(BUILD)/weir ## build the shell, build/weir

demo: deps ## build, make a million events, run a windowed query over them
	@$(MAKE) --no-print-directory -j$(JOBS) all $(BUILD)/nexgen
	@sh bench/demo.sh $(BUILD) $(EVENTS)

test: deps ## everything that tests: unit, SQL scripts, refusals, tidiness
	@$(MAKE) --no-print-directory -j$(JOBS) all test-programs $(OUT)/libweir.so
	@$(TEST_RUN) tidy unit matrix rules plan random stream print replay shell arrow files

check: test-programs all ## the fast gate before a commit: unit, SQL scripts once, tidiness, format
	@$(TEST_RUN) tidy format unit slt print replay

asan: ## the tests under the address and undefined-behaviour sanitizers
	@$(MAKE) --no-print-directory -j$(JOBS) MODE=asan OUT=$(BUILD)/asan all test-programs
	@$(MAKE) --no-print-directory MODE=asan OUT=$(BUILD)/asan run STAGES="unit slt small replay fault crash-short"

tsan: ## what starts threads under the thread sanitizer
	@$(MAKE) --no-print-directory -j$(JOBS) MODE=tsan OUT=$(BUILD)/tsan test-programs
	@$(MAKE) --no-print-directory MODE=tsan OUT=$(BUILD)/tsan run STAGES="races threads"

fault: ## fail each io call, budget request and allocation in turn (under asan)
	@$(MAKE) --no-print-directory -j$(JOBS) MODE=asan OUT=$(BUILD)/asan $(BUILD)/asan/tests/fault/fault
	@$(MAKE) --no-print-directory MODE=asan OUT=$(BUILD)/asan run STAGES=fault

crash: ## databases under faults: killed at each step of a commit, calls that fail, power lost, crowds
	@$(MAKE) --no-print-directory -j$(JOBS) MODE=crash OUT=$(BUILD)/crash $(BUILD)/crash/tests/crash/crash
	@$(MAKE) --no-print-directory MODE=crash OUT=$(BUILD)/crash run STAGES=crash

fuzz: ## fuzz SQL, JSON and CSV for FUZZ_SECONDS each; crashes go to tests/data/fuzz
	@$(MAKE) --no-print-directory -j$(JOBS) CC=clang MODE=fuzz OUT=$(BUILD)/fuzz fuzz-programs
	@OUT=$(BUILD)/fuzz SECONDS_EACH=$(FUZZ_SECONDS) sh tests/fuzz/fuzz.sh

bench: all $(BUILD)/nexgen ## weir beside DuckDB: ratios, CPU ns a row, memory, start time, size
	@python3 bench/run.py --build $(BUILD)

bench-segment: $(OUT)/bench/bench_segment ## encodings of a chunk: bytes, time, and how near the choice is to the best
	@$<

conformance: $(SLT) ## the sqllogictest files of DATA, counted; and what SQLite parses, weir parses
	@$(TEST_RUN) conformance parses

layers: ## who may include whom
	@python3 tests/tidy/layers.py

fmt: ## clang-format on every file of ours
	@clang-format -i $(OWN_C) $(OWN_H)

format: ## is every file as clang-format leaves it?
	@$(TEST_RUN) format

lint: ## clang's warnings and clang-tidy over every file of ours
	@$(TEST_RUN) lint

clean: ## remove build/
	rm -rf $(BUILD)

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | expand -t 14

# ---- Packages ----

deps: ## install what building and testing need (Debian packages)
	@sh tests/tidy/deps.sh $(DEPS_BUILD) $(DEPS_TEST)

deps-dev: ## install what lint, fuzz, fmt and bench need
	@sh tests/tidy/deps.sh $(DEPS_BUILD) $(DEPS_TEST) $(DEPS_DEV)

# ---- The program ----

$(BUILD)/weir: $(OUT)/weir
	@mkdir -p $(BUILD)
	@ln -sf $(abspath $<) $@

$(OUT)/weir: $(SHELL_OBJ) $(OUT)/libweir.a
	$(CC) $(CFLAGS_ALL) -o $@ $(SHELL_OBJ) $(OUT)/libweir.a $(LIBS) $(SHELL_LIBS)

$(OUT)/libweir.a: $(LIB_OBJ)
	@rm -f $@
	ar rcs $@ $^

$(OUT)/libweir.so: $(LIB_OBJ)
	$(CC) $(CFLAGS_ALL) -shared -o $@ $^ $(LIBS)

$(OUT)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) $(WARN) -MMD -MP -c -o $@ $<

# The grammar. sql.h is left untouched by lemon when no token changed, so it has an empty recipe.
$(OUT)/parser/sql.c: parser/sql.y
	@mkdir -p $(@D)
	lemon -q -d$(@D) $<
$(OUT)/parser/sql.h: $(OUT)/parser/sql.c ;
$(OUT)/parser/sql.o: $(OUT)/parser/sql.c
	$(CC) $(CFLAGS_ALL) $(filter-out -Wconversion,$(WARN)) -Wno-missing-prototypes -Wno-unused-parameter -Wno-unused-variable -MMD -MP -c -o $@ $<
$(filter $(OUT)/parser/%,$(LIB_OBJ)): | $(OUT)/parser/sql.h

# ---- Tests ----

TEST_RUN = OUT=$(OUT) BUILD=$(BUILD) DATA=$(DATA) CC=$(CC) MODE=$(MODE) python3 tests/run.py

run:
	@$(TEST_RUN) $(STAGES)

test-programs: $(UNIT_BIN) $(SLT) $(REPLAY_BIN) $(FAULT) $(CRASH)
fuzz-programs: $(FUZZ_BIN)

$(OUT)/tests/%.o: CFLAGS_ALL += -UNDEBUG

# cmocka's own headers and macros do not live up to our warnings.
$(OUT)/tests/unit/%.o: WARN := $(filter-out -Wpedantic -Wconversion -Wmissing-prototypes,$(WARN)) \
	$(if $(findstring clang,$(CC)),,-Wno-maybe-uninitialized)
$(OUT)/tests/fault/%.o $(OUT)/tests/fuzz/%.o: WARN := $(filter-out -Wmissing-prototypes,$(WARN))

$(OUT)/tests/unit/test_%: $(OUT)/tests/unit/test_%.o $(OUT)/libweir.a
	$(CC) $(CFLAGS_ALL) -o $@ $< $(OUT)/libweir.a $(LIBS) -lcmocka

$(SLT): $(SLT_OBJ) $(OUT)/libweir.a
	$(CC) $(CFLAGS_ALL) -o $@ $(SLT_OBJ) $(OUT)/libweir.a $(LIBS)

$(OUT)/tests/fuzz/replay_%: $(OUT)/tests/fuzz/fuzz_%.o $(OUT)/tests/fuzz/replay.o $(OUT)/libweir.a
	$(CC) $(CFLAGS_ALL) -o $@ $< $(OUT)/tests/fuzz/replay.o $(OUT)/libweir.a $(LIBS)

$(OUT)/tests/fuzz/fuzz_%: $(OUT)/tests/fuzz/fuzz_%.o $(OUT)/libweir.a
	$(CC) $(CFLAGS_ALL) -fsanitize=fuzzer -o $@ $< $(OUT)/libweir.a $(LIBS)

# The linker sends these calls of the library to the test program, which makes one of them fail.
FAULT_WRAPS := malloc calloc realloc aligned_alloc open close pread read write stat fstat fstatat opendir readdir mmap \
	budget_charge
$(FAULT): $(OUT)/tests/fault/fault.o $(OUT)/libweir.a
	$(CC) $(CFLAGS_ALL) $(FAULT_WRAPS:%=-Wl,--wrap=%) -o $@ $< $(OUT)/libweir.a $(LIBS)

$(CRASH): $(CRASH_OBJ) $(OUT)/libweir.a
	$(CC) $(CFLAGS_ALL) -o $@ $(CRASH_OBJ) $(OUT)/libweir.a $(LIBS)

$(OUT)/bench/bench_%: $(OUT)/bench/bench_%.o $(OUT)/libweir.a
	$(CC) $(CFLAGS_ALL) -o $@ $< $(OUT)/libweir.a $(LIBS)

$(BUILD)/nexgen: bench/nexgen.c
	@mkdir -p $(BUILD)
	$(CC) -std=c11 -D_GNU_SOURCE -O3 -Wall -Wextra -o $@ $< -lm

.SECONDARY:
-include $(LIB_OBJ:.o=.d) $(SHELL_OBJ:.o=.d) $(TEST_SRC:%.c=$(OUT)/%.d)

.PHONY: all demo test check asan tsan fault crash fuzz bench conformance layers fmt format lint clean help deps deps-dev run \
	test-programs fuzz-programs
