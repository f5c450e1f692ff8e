COPY (SELECT generate_series AS a, 'x' || generate_series AS b FROM generate_series(1, 3000)) TO '/tmp/weir-fault.csv.gz';
COPY (SELECT generate_series AS a, 'x' || generate_series AS b FROM generate_series(1, 3000)) TO '/tmp/weir-fault.jsonl.zst';
COPY (SELECT generate_series AS a, 'x' || generate_series AS b FROM generate_series(1, 3000)) TO '/tmp/weir-fault.csv.lz4' (DELIM ';', NULLVALUE 'x1');
COPY (SELECT generate_series AS a, 'x' || generate_series AS b FROM generate_series(1, 3000)) TO '/tmp/weir-fault.weir';
COPY (SELECT generate_series AS a, generate_series % 3 AS b FROM generate_series(1, 300)) TO '/tmp/weir-fault' (FORMAT csv, PARTITION_BY b, OVERWRITE);
-- setup: CREATE TEMP TABLE t (ts TIMESTAMP, n INTEGER DEFAULT 7, price DOUBLE, b BLOB)
COPY t (ts, n, price) FROM 'tests/data/events/small.csv';
COPY t FROM 'tests/data/events/small.jsonl.gz' (ON_ERROR skip);
-- setup: CREATE TEMP TABLE t (auction BIGINT)
COPY t TO '/tmp/weir-fault.csv';
-- database
-- every 3
-- setup: CREATE TABLE t (ts TIMESTAMP, n INTEGER) PARTITIONED BY (day(ts))
COPY t FROM 'tests/data/events/small.jsonl' (LOADED skip);
COPY t (ts, n) FROM 'tests/data/events/small.csv' (LOADED again);
