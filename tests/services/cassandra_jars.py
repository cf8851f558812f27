"""Apache Cassandra as jars from Maven Central: fetched once, kept in a cache folder."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.services.debian import Missing, install

VERSION = "5.0.9"

_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"
_POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>insula.tests</groupId><artifactId>cassandra</artifactId><version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.cassandra</groupId><artifactId>cassandra-all</artifactId><version>{VERSION}</version>
    </dependency>
  </dependencies>
</project>
"""


def java() -> str:
    """Return a Java that Cassandra 5 runs on (11 or 17), installing Debian's where none is."""
    candidates = [os.environ.get("JAVA_HOME", "") + "/bin/java", shutil.which("java") or ""]
    candidates += [str(each) for each in Path("/usr/lib/jvm").glob("*/bin/java")]
    for candidate in candidates:
        if candidate and Path(candidate).is_file() and _major(candidate) in {11, 17}:
            return candidate
    install("openjdk-17-jre-headless")
    for each in Path("/usr/lib/jvm").glob("*17*/bin/java"):
        return str(each)
    raise Missing("openjdk-17-jre-headless: installed, but no java was found")


def jars() -> Path:
    """Return the folder of Cassandra's jars, fetching them where the cache has none."""
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "insula" / "cassandra"
    home = root / VERSION
    if home.is_dir():
        return home
    if shutil.which("mvn") is None:
        install("maven")
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root) as temporary:
        pom, lib = Path(temporary) / "pom.xml", Path(temporary) / "lib"
        pom.write_text(_POM)
        # -U: Maven would otherwise remember a look-up that once failed.
        fetch = [
            "mvn",
            "-B",
            "-q",
            "-U",
            "-f",
            str(pom),
            f"{_PLUGIN}:copy-dependencies",
            "-DincludeScope=runtime",
        ]
        done = subprocess.run(
            [*fetch, f"-DoutputDirectory={lib}"], check=False, capture_output=True, text=True
        )
        if done.returncode:
            raise Missing(f"cassandra-all {VERSION}: Maven could not fetch it: {done.stdout[-500:]}")
        try:
            lib.rename(home)
        except OSError:
            # Another run was quicker; its jars are as good.
            if not home.is_dir():
                raise
    return home


def _major(program: str) -> int:
    told = subprocess.run([program, "-version"], check=False, capture_output=True, text=True).stderr
    found = re.search(r'version "(\d+)', told)
    return int(found[1]) if found else 0
