#!/usr/bin/env python3
"""Databases that earlier versions wrote (tests/data/databases) are read, checked, and written on."""
import glob
import json
import os
import shutil

import harness

SAMPLES = sorted(glob.glob(os.path.join(harness.ROOT, "tests/data/databases/*")))


def look(place, sample, *options):
    with open(os.path.join(sample, "answers.json"), encoding="utf-8") as file:
        answers = json.load(file)
    for answer in answers:
        place.run("db", *options, "-csv", "-c", answer["sql"]).expect(out=answer["csv"], err="")


def test_old_databases(place):
    assert SAMPLES
    for sample in SAMPLES:
        folder = os.path.join(place.path, "db")
        shutil.copytree(os.path.join(sample, "db"), folder)
        look(place, sample, "-readonly")
        look(place, sample)
        assert ": no problems\n" in place.run("check", "db").expect(err="").out
        place.run("db", "-csv", "-c", "INSERT INTO plain VALUES (0, 'more'); SELECT count(*) FROM plain").expect(
            out="count(*)\n1001\n", err="")
        place.run("db", "-c", "DELETE FROM plain WHERE n = 0").expect(err="")
        look(place, sample)
        shutil.rmtree(folder)


if __name__ == "__main__":
    harness.main(globals())
