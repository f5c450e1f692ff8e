# weir: `make help` lists the targets.
# MODE=release|debug|asan|tsan|cov picks the flags; OUT is where everything goes.
.DEFAULT_GOAL := all
MODE ?= release
OUT ?= build/$(MODE)
CC ?= cc

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Werror
FLAGS_release := -O3 -g1 -DNDEBUG
FLAGS_debug := -O0 -g3
FLAGS_asan := -O1 -g2 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FLAGS_tsan := -O1 -g2 -fsanitize=thread
FLAGS_cov := -O0 -g2 --coverage
CFLAGS_ALL := -std=c11 -D_GNU_SOURCE -I. -Iinclude -I$(OUT) -fvisibility=hidden -pthread $(FLAGS_$(MODE)) $(CFLAGS)
LIBS := -lpcre2-8 -lutf8proc -llz4 -lzstd -lz -lxxhash -lpthread -ldl -lm
SHELL_LIBS := -ledit

LIB_SRC := $(wildcard base/*.c parser/*.c storage/*.c planner/*.c exec/*.c exec/kernel/*.c)
SHELL_SRC := $(wildcard shell/*.c)
UNIT_SRC := $(wildcard tests/unit/test_*.c)
LIB_OBJ := $(LIB_SRC:%.c=$(OUT)/%.o) $(OUT)/parser/sql.o
SHELL_OBJ := $(SHELL_SRC:%.c=$(OUT)/%.o)

all: $(OUT)/weir build/weir ## build the shell, build/weir

build/weir: $(OUT)/weir
	@mkdir -p build
	@ln -sf $(abspath $<) $@

$(OUT)/weir: $(SHELL_OBJ) $(OUT)/libweir.a
	$(CC) $(CFLAGS_ALL) -o $@ $(SHELL_OBJ) $(OUT)/libweir.a $(LIBS) $(SHELL_LIBS)

$(OUT)/libweir.a: $(LIB_OBJ)
	@rm -f $@
	ar rcs $@ $^

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

-include $(LIB_OBJ:.o=.d) $(SHELL_OBJ:.o=.d)

clean: ## remove build/
	rm -rf build

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | expand -t 14

.PHONY: all clean help
