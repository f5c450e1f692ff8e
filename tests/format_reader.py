#!/usr/bin/env python3
"""Reads a weir data file by docs/FORMAT.md alone and prints its rows as JSON lines.

Standard library and liblz4 (by ctypes); checksums are verified where libxxhash is there, too.
    format_reader.py FILE.weir          rows, values as they are stored (dates as days, timestamps as numbers)
    format_reader.py --info FILE.weir   schema and directory"""
import ctypes
import ctypes.util
import json
import struct
import sys

MAGIC = b"WEIRDATA"
CONSTANT, PACKED, DELTA, RUNS, PLAIN, DICTIONARY = range(6)
ENCODINGS = ["constant", "packed", "delta", "runs", "plain", "dictionary"]
TYPES = ["NULL", "BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "REAL", "DOUBLE", "DECIMAL", "VARCHAR", "BLOB",
         "DATE", "TIME", "TIMESTAMP", "TIMESTAMPTZ", "INTERVAL", "JSON"]
SIZES = [1, 1, 1, 2, 4, 8, 4, 8, 8, None, None, 4, 8, 8, 8, 16, None]
HAS_VALIDITY = 1


def library(name, fallback):
    try:
        return ctypes.CDLL(ctypes.util.find_library(name) or fallback)
    except OSError:
        return None


LZ4 = library("lz4", "liblz4.so.1")
XXHASH = library("xxhash", "libxxhash.so.0")
if XXHASH:
    XXHASH.XXH3_64bits.restype = ctypes.c_uint64
    XXHASH.XXH3_64bits.argtypes = [ctypes.c_char_p, ctypes.c_size_t]


def check(data, checksum, what):
    if XXHASH and XXHASH.XXH3_64bits(data, len(data)) != checksum:
        raise SystemExit("the checksum of %s does not match" % what)


def decompress(data, size):
    out = ctypes.create_string_buffer(size)
    if LZ4.LZ4_decompress_safe(data, out, len(data), size) != size:
        raise SystemExit("a part cannot be decompressed")
    return out.raw


def round_up(n, unit):
    return (n + unit - 1) // unit * unit


def unpack(data, n, width):
    """n packed values."""
    if width == 0:
        return [0] * n
    bits = 32 if width <= 32 else 64
    lanes = 256 // bits
    out = []
    for block in range(0, n, 256):
        start = block // 256 * 32 * width
        words = struct.unpack("<%d%s" % (32 * width * 8 // bits, "I" if bits == 32 else "Q"),
                              data[start:start + 32 * width])
        columns = [sum(word << k * bits for k, word in enumerate(words[lane::lanes])) for lane in range(lanes)]
        for i in range(min(256, n - block)):
            out.append(columns[i % lanes] >> i // lanes * width & (1 << width) - 1)
    return out


def packed_size(n, width):
    return (n + 255) // 256 * 32 * width


class Column:
    def __init__(self, fields, name):
        (self.type, self.precision, self.scale, self.flags, self.length, self.distinct, self.dictionary_length,
         _) = fields
        self.name = name
        self.size = 16 if self.type == 8 and self.precision > 18 else SIZES[self.type]
        self.dictionary = None
        self.entry = None

    def value(self, data):
        """One value from its bytes."""
        if self.size is None:
            return data
        if self.type == 1:
            return bool(data[0] & 1)
        if self.type in (6, 7):
            return struct.unpack("<f" if self.type == 6 else "<d", data)[0]
        if self.type == 15:
            return list(struct.unpack("<iiq", data))
        return int.from_bytes(data, "little", signed=True)

    def wrap(self, x):
        """A sum, kept to the value's size."""
        return self.value((x & (1 << 8 * self.size) - 1).to_bytes(self.size, "little"))


CODES = Column((4, 0, 0, 0, 0, 0, 0, 0), "codes")


class Entry:
    def __init__(self, data):
        (self.offset, self.length, self.head_length, self.checksum, self.raw_length, self.nulls, self.encoding,
         self.code_encoding, self.flags, self.part_shift, min_length, max_length, _) = struct.unpack("<QIIQIIBBBBBBH",
                                                                                                    data[:40])
        self.min, self.max = data[40:40 + min_length], data[56:56 + max_length]


def decode(column, encoding, data, n):
    """The values of a vector."""
    if encoding == PLAIN and column.size is None:
        least, width = struct.unpack("<II", data[:8])
        lengths = [least + x for x in unpack(data[8:], n, width)]
        at, out = 8 + packed_size(n, width), []
        for length in lengths:
            out.append(data[at:at + length])
            at += length
        return out
    if encoding == PLAIN:
        return [column.value(data[i * column.size:(i + 1) * column.size]) for i in range(n)]
    if encoding == PACKED:
        base, width = struct.unpack("<qI", data[:12])
        return [column.wrap(base + x) for x in unpack(data[16:], n, width)]
    if encoding == DELTA:
        value, least, width = struct.unpack("<qqI", data[:20])
        out = [column.wrap(value)]
        for x in unpack(data[24:], n - 1, width):
            value += least + x
            out.append(column.wrap(value))
        return out
    if encoding == RUNS:
        count = struct.unpack("<I", data[:4])[0]
        lengths = struct.unpack("<%dH" % count, data[8:8 + 2 * count])
        out = []
        for i, length in enumerate(lengths):
            at = 8 + 2 * count + i * column.size
            out += [column.value(data[at:at + column.size])] * (length + 1)
        return out
    raise SystemExit("encoding %d is unknown" % encoding)


class File:
    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()
        length, checksum, version, _, magic = struct.unpack("<QQII8s", self.data[-32:])
        if self.data[:8] != MAGIC or magic != MAGIC or version != 1:
            raise SystemExit("%s is not a weir data file of version 1" % path)
        footer = self.data[len(self.data) - 32 - length:-32]
        check(footer, checksum, "the footer")
        n_columns, n_batches, self.rows, self.time_column, _ = struct.unpack("<IIQII", footer[:24])
        fixed = [struct.unpack("<BBBBIQII", footer[24 + 24 * c:48 + 24 * c]) for c in range(n_columns)]
        at, self.columns = 24 + 24 * n_columns, []
        for fields in fixed:
            self.columns.append(Column(fields, footer[at:at + fields[7] - 1].decode()))
            at += fields[7]
        at = round_up(at, 8)
        self.batches = struct.unpack("<%dI" % n_batches, footer[at:at + 4 * n_batches])
        at += round_up(4 * n_batches, 8)
        for column in self.columns:
            if column.flags & 2:
                column.entry = Entry(footer[at:at + 72])
                at += 72
        self.entries = []
        for _ in range(n_batches):
            self.entries.append([Entry(footer[at + 72 * c:at + 72 * c + 72]) for c in range(n_columns)])
            at += 72 * n_columns

    def dictionary(self, column):
        if column.dictionary is None:
            column.dictionary = self.chunk(column, column.entry, column.dictionary_length)
        return column.dictionary

    def chunk(self, column, entry, n):
        """The values of a chunk, None for NULL."""
        data = self.data[entry.offset:entry.offset + entry.length]
        head = data[:entry.head_length]
        check(head, entry.checksum, "column %s" % column.name)
        if entry.nulls == n and n:
            return [None] * n
        at = round_up(n, 64) // 8 if entry.flags & HAS_VALIDITY else 0
        if entry.encoding == CONSTANT:
            values = [column.value(head[at:])] * n
        elif entry.encoding == DICTIONARY:
            entries = self.dictionary(column)
            values = [entries[code] for code in self.vectors(CODES, entry.code_encoding, entry, data, at, n)]
        else:
            values = self.vectors(column, entry.encoding, entry, data, at, n)
        if entry.flags & HAS_VALIDITY:
            values = [x if head[i // 8] >> i % 8 & 1 else None for i, x in enumerate(values)]
        return values

    def vectors(self, column, encoding, entry, data, at, n):
        count = (n + 2047) // 2048
        ends = (0,) + struct.unpack("<%dI" % count, data[at:at + 4 * count])
        at += round_up(4 * count, 8)
        a_part, out, start = 1 << entry.part_shift, [], 0
        for part in range((count + a_part - 1) // a_part):
            end, compressed, checksum = struct.unpack("<IIQ", data[at + 16 * part:at + 16 * part + 16])
            raw = data[entry.head_length + start:entry.head_length + end]
            check(raw, checksum, "column %s, part %d" % (column.name, part))
            first, last = part * a_part, min((part + 1) * a_part, count)
            if compressed:
                raw = decompress(raw, ends[last] - ends[first])
            for v in range(first, last):
                vector = raw[ends[v] - ends[first]:ends[v + 1] - ends[first]]
                out += decode(column, encoding, vector, min(2048, n - 2048 * v))
            start = end
        return out

    def all_rows(self):
        for rows, entries in zip(self.batches, self.entries):
            chunks = [self.chunk(column, entry, rows) for column, entry in zip(self.columns, entries)]
            for row in zip(*chunks):
                yield {column.name: plain(x) for column, x in zip(self.columns, row)}


def plain(x):
    """As JSON can have it."""
    if isinstance(x, bytes):
        return x.decode("utf-8", "backslashreplace")
    if isinstance(x, float) and (x != x or x in (float("inf"), float("-inf"))):
        return repr(x)
    return x


def main():
    arguments = sys.argv[1:]
    info = "--info" in arguments
    paths = [a for a in arguments if a != "--info"]
    if len(paths) != 1:
        raise SystemExit(__doc__)
    file = File(paths[0])
    if not info:
        for row in file.all_rows():
            print(json.dumps(row, ensure_ascii=False))
        return
    for c, column in enumerate(file.columns):
        chunks = [(ENCODINGS[e[c].encoding], e[c].length, e[c].nulls) for e in file.entries]
        print(json.dumps({"name": column.name, "type": TYPES[column.type], "dictionary": column.dictionary_length,
                          "chunks": chunks}))


if __name__ == "__main__":
    main()
