/* show_create.c - the SQL that makes a table or a view, from its entry in the catalog. */
#include "planner/show_create.h"

#include "parser/ast_print.h"
#include "storage/partition.h"

static void put_name(struct strbuf *out, const char *name)
{
    ast_print_name(out, str_of(name));
}

static void put_column(struct strbuf *out, const struct field *field,
                       const struct catalog_column *column)
{
    char type[TYPE_NAME_SIZE];
    put_name(out, field->name);
    strbuf_printf(out, " %s", type_name(field->type, type));
    if (field->not_null)
        strbuf_puts(out, " NOT NULL");
    if (column && column->default_sql)
        strbuf_printf(out, " DEFAULT (%s)", column->default_sql);
    if (column && column->check_sql)
        strbuf_printf(out, " CHECK (%s)", column->check_sql);
}

void show_partition(const struct catalog_entry *entry, const struct partition_column *p,
                    struct strbuf *out)
{
    const char *column = entry->schema.fields[p->column].name;
    if (p->transform == PARTITION_IDENTITY) {
        put_name(out, column);
        return;
    }
    strbuf_printf(out, "%s(", partition_word(p->transform));
    if (partition_has_argument(p->transform))
        strbuf_printf(out, "%u, ", p->argument);
    put_name(out, column);
    strbuf_putc(out, ')');
}

static void put_interval(struct strbuf *out, int64_t us)
{
    static const struct {
        int64_t us;
        const char *name;
    } UNITS[] = {{86400000000LL, "day"},
                 {3600000000LL, "hour"},
                 {60000000LL, "minute"},
                 {1000000LL, "second"},
                 {1, "microsecond"}};
    size_t i = 0;
    while (us % UNITS[i].us)
        i++;
    int64_t n = us / UNITS[i].us;
    strbuf_printf(out, "'%lld %s%s'", (long long)n, UNITS[i].name, n == 1 ? "" : "s");
}

static void put_layout(struct strbuf *out, const struct catalog_entry *entry)
{
    const struct catalog_layout *layout = &entry->layout;
    for (uint32_t i = 0; i < layout->n_partitions; i++) {
        strbuf_puts(out, i ? ", " : "\nPARTITIONED BY (");
        show_partition(entry, &layout->partitions[i], out);
    }
    if (layout->n_partitions)
        strbuf_putc(out, ')');
    for (uint32_t i = 0; i < layout->n_order_by; i++) {
        strbuf_puts(out, i ? ", " : "\nORDER BY (");
        put_name(out, entry->schema.fields[layout->order_by[i]].name);
    }
    if (layout->n_order_by)
        strbuf_putc(out, ')');
    bool compression = layout->small || layout->fast;
    if (!compression && !layout->ttl_us)
        return;
    strbuf_puts(out, "\nWITH (");
    if (compression)
        strbuf_puts(out, layout->small ? "compression = 'small'" : "compression = 'fast'");
    if (compression && layout->ttl_us)
        strbuf_puts(out, ", ");
    if (layout->ttl_us) {
        strbuf_puts(out, "ttl = ");
        put_interval(out, layout->ttl_us);
    }
    strbuf_putc(out, ')');
}

static void put_table(struct strbuf *out, const struct catalog_entry *entry)
{
    strbuf_puts(out, entry->temporary ? "CREATE TEMP TABLE " : "CREATE TABLE ");
    put_name(out, entry->name);
    strbuf_puts(out, " (");
    for (uint32_t i = 0; i < entry->schema.n_fields; i++) {
        strbuf_puts(out, i ? ",\n  " : "\n  ");
        put_column(out, &entry->schema.fields[i], entry->columns ? &entry->columns[i] : NULL);
    }
    for (uint32_t i = 0; i < entry->n_checks; i++)
        strbuf_printf(out, ",\n  CHECK (%s)", entry->checks[i]);
    if (entry->layout.watermark_sql) {
        strbuf_puts(out, ",\n  WATERMARK FOR ");
        put_name(out, entry->schema.fields[entry->layout.time_column].name);
        strbuf_printf(out, " AS %s", entry->layout.watermark_sql);
    }
    strbuf_puts(out, "\n)");
    put_layout(out, entry);
}

static void put_view(struct strbuf *out, const struct catalog_entry *entry)
{
    strbuf_puts(out, entry->temporary ? "CREATE TEMP VIEW " : "CREATE VIEW ");
    put_name(out, entry->name);
    for (uint32_t i = 0; i < entry->n_view_columns; i++) {
        strbuf_puts(out, i ? ", " : " (");
        put_name(out, entry->view_columns[i]);
    }
    if (entry->n_view_columns)
        strbuf_putc(out, ')');
    strbuf_printf(out, " AS %s", entry->view_sql);
}

const char *show_create(const struct catalog_entry *entry, struct arena *arena)
{
    struct strbuf out;
    strbuf_init(&out, arena);
    if (entry->kind == CATALOG_VIEW)
        put_view(&out, entry);
    else
        put_table(&out, entry);
    return out.data;
}
