#!/bin/sh
# The demo: makes EVENTS NEXMark events, keeps the bids as JSON lines, and asks windowed questions.
#   demo.sh BUILD EVENTS
set -eu
build=$1
events=$2
folder=$build/demo
weir=$(cd "$build" && pwd)/weir
mkdir -p "$folder"
if [ ! -e "$folder/made-$events" ]; then
    rm -f "$folder"/*
    "$build/nexgen" --events "$events" --kind bid --format jsonl --out "$folder/bid.jsonl"
    : >"$folder/made-$events"
fi
cd "$folder"
echo "$(wc -l <bid.jsonl) bids in $(du -h bid.jsonl | cut -f1) of JSON lines: $folder/bid.jsonl"
show() {
    echo
    echo "$1" | sed 's/^/  /'
    "$weir" -box -timer -c "$1"
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
echo "Your turn: $weir, then SELECT ... FROM 'your/files/*.jsonl'"
