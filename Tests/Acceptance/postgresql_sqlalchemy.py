#!/usr/bin/env python3
"""SQLAlchemy's own suite for dialects on a running server, by psycopg 3.

    pip install sqlalchemy==2.1.9 "psycopg[binary]==3.3.9" pytest==9.2.0
    postgresql_sqlalchemy.py PANDO

Starts `PANDO serve` on a new file and runs the suite, as SQLAlchemy does for PostgreSQL. What PostgreSQL can, which decides what is tried, is
said by a file of the source archive, which is fetched from the index of Python's packages; its extensions are left out. PANDO is the executable.
The exit status is 1 if anything fails but what is named here, if any of that passes, or if less is tried than there was.
"""

import hashlib
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile
import urllib.request

import psycopg
import sqlalchemy
from postgresql import Failure, expect, served, step

# In a document a field that is JSON's null, and one that isn't there, are both NULL; and its numbers are finite.
KNOWN = {
    "JSONTest::test_eval_none_flag_orm", "JSONTest::test_round_trip_json_null_as_json_null",
    "JSONTest::test_round_trip_none_as_json_null[multiparameters]", "JSONTest::test_round_trip_none_as_json_null[parameters]",
    "JSONTest::test_round_trip_none_as_json_null[values]", "NumericTest::test_infinity_floats",
    # Texts have one order, that of their bytes, whatever a column is declared with.
    "ComponentReflectionTest::test_column_collation_reflection",
}
PASSED = 1876

CONFIGURATION = """[sqla_testing]
requirement_cls=test.requirements:DefaultRequirements
profile_file=test/profiles.txt
[db]
default=postgresql+psycopg://admin@127.0.0.1:{port}/test
"""

PLUGIN = """import pytest
pytest.register_assert_rewrite("sqlalchemy.testing.assertions")
from sqlalchemy.testing.plugin.pytestplugin import *
from sqlalchemy.dialects.postgresql import provision
provision._extensions.clear()
"""


def requirements():
    """The file of the source archive that says what PostgreSQL can."""
    index = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/")
    request = urllib.request.Request(f"{index}/sqlalchemy/", headers={"Accept": "application/vnd.pypi.simple.v1+json"})
    name = f"sqlalchemy-{sqlalchemy.__version__}"
    with urllib.request.urlopen(request, timeout=60) as answer:
        file = next(file for file in json.load(answer)["files"] if file["filename"] == f"{name}.tar.gz")
    with urllib.request.urlopen(file["url"], timeout=120) as answer:
        archive = answer.read()
    expect("the archive's digest", hashlib.sha256(archive).hexdigest(), file["hashes"]["sha256"])
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        return files.extractfile(f"{name}/test/requirements.py").read()


def run(folder, port):
    """What passes and what fails, each as a class and the test in it."""
    (folder / "test").mkdir()
    (folder / "test" / "__init__.py").touch()
    (folder / "test" / "requirements.py").write_bytes(requirements())
    (folder / "test" / "test_suite.py").write_text("from sqlalchemy.testing.suite import *\n")
    (folder / "conftest.py").write_text(PLUGIN)
    (folder / "setup.cfg").write_text(CONFIGURATION.format(port=port))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:warnings", "-rA", "--tb=short", "test/test_suite.py",
         "--db", "default"],
        cwd=folder, env=os.environ | {"PYTHONPATH": str(folder)}, capture_output=True, text=True)
    found = {"PASSED": set(), "FAILED": set(), "ERROR": set()}
    for kind, name in re.findall(r"^(PASSED|FAILED|ERROR) test/test_suite\.py::(.+?)(?: - .*)?$", done.stdout, re.MULTILINE):
        found[kind].add(re.sub(r"_postgresql\+psycopg_[\d_]+(?=::)", "", name))
    if not found["PASSED"]:
        raise Failure(f"the suite does not run: {done.stdout[-2000:]} {done.stderr[-2000:]}")
    return found["PASSED"], found["FAILED"] | found["ERROR"], done.stdout


def main():
    with served(os.path.abspath(sys.argv[1])) as port, tempfile.TemporaryDirectory() as folder:
        step(f"SQLAlchemy {sqlalchemy.__version__}")
        with psycopg.connect(f"postgresql://admin@127.0.0.1:{port}/test", autocommit=True) as connection:
            for schema in ("test_schema", "test_schema_2"):
                connection.execute(f"CREATE SCHEMA {schema}")
        passed, failed, told = run(pathlib.Path(folder), port)
        print(f"    {len(passed)} passed, {len(failed)} failed")
        if failed - KNOWN:
            raise Failure(f"{sorted(failed - KNOWN)} failed: {told[-4000:]}")
        expect("what fails", sorted(failed), sorted(KNOWN))
        if len(passed) < PASSED:
            raise Failure(f"{len(passed)} passed instead of {PASSED}")
    print("everything agrees")


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"postgresql_sqlalchemy.py: {failure}")
