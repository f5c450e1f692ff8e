#!/bin/sh
# The demo: makes EVENTS NEXMark events, keeps the bids as JSON lines, and asks windowed questions; then loads them into a
# table partitioned by day, and asks the first of them again.
#   demo.sh BUILD EVENTS
set -eu
build=$1
events=$2
folder=$build/demo
weir=$(cd "$build" && pwd)/weir
mkdir -p "$folder"
if [ ! -e "$folder/made-$events" ]; then
    rm -rf "$folder"/*
    "$build/nexgen" --events "$events" --kind bid --format jsonl --out "$folder/bid.jsonl"
    : >"$folder/made-$events"
fi
cd "$folder"
echo "$(wc -l <bid.jsonl) bids in $(du -h bid.jsonl | cut -f1) of JSON lines: $folder/bid.jsonl"
database=
show() {
    echo
    echo "$1" | sed 's/^/  /'
    "$weir" $database -box -timer -c "$1"
}
show "SELECT window_start, channel, count(*), sum(price)
FROM TUMBLE(TABLE 'bid.jsonl', DESCRIPTOR(date_time), INTERVAL '10' SECOND)
GROUP BY window_start, channel
ORDER BY window_start, count(*) DESC, channel
LIMIT 10"
show "SELECT window_start, window_end, count(*) AS bids, max(price) AS highest
FROM HOP(TABLE 'bid.jsonl', DESCRIPTOR(date_time), INTERVAL '15' SECOND, INTERVAL '30' SECOND)
GROUP BY window_start, window_end
ORDER BY window_start
LIMIT 5"
show "SELECT bidder, window_start, window_end, count(*) AS bids
FROM SESSION(TABLE 'bid.jsonl' PARTITION BY bidder, DESCRIPTOR(date_time), INTERVAL '10' SECOND)
GROUP BY bidder, window_start, window_end
ORDER BY bids DESC, bidder
LIMIT 5"
echo
echo "The same bids in a table of the database folder $folder/bids, a partition a day:"
rm -rf bids
database=bids/
show "CREATE TABLE bid (auction BIGINT, bidder BIGINT, price BIGINT, channel VARCHAR, url VARCHAR,
  date_time TIMESTAMP(3), extra VARCHAR)
PARTITIONED BY (day(date_time)) ORDER BY (date_time)"
show "COPY bid FROM 'bid.jsonl'"
show "SELECT window_start, channel, count(*), sum(price)
FROM TUMBLE(TABLE bid, DESCRIPTOR(date_time), INTERVAL '10' SECOND)
GROUP BY window_start, channel
ORDER BY window_start, count(*) DESC, channel
LIMIT 10"
show "OPTIMIZE bid"
show "SELECT path, rows, bytes FROM weir_files"
text=$(wc -c <bid.jsonl)
table=$("$weir" bids/ -noheader -csv -c "SELECT sum(bytes) FROM weir_files")
echo
echo "$text bytes of JSON lines, $table bytes as a table: $((text * 10 / table / 10)).$((text * 10 / table % 10)) times smaller"
echo
"$weir" check bids/
echo
echo "Your turn: $weir, then SELECT ... FROM 'your/files/*.jsonl'"
echo "or $weir $folder/bids/, then SELECT ... FROM bid"
