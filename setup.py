"""How Insula is built, installed and started."""

from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent

setup(
    name="insula",
    version="0.1.0.dev0",
    description="A web platform that one installation runs for thousands of tenants.",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    classifiers=[
        "Framework :: Pyramid",
        "Operating System :: POSIX",
        "Programming Language :: Python :: 3 :: Only",
        "Topic :: Internet :: WWW/HTTP :: WSGI :: Application",
    ],
    python_requires=">=3.11",
    package_dir={"": "platform"},
    packages=find_packages("platform"),
    package_data={
        "insula": [
            f"**/*.{ending}"
            for ending in (
                *("jinja2", "css", "js", "svg", "png", "ico", "woff2"),
                *("cql", "sql", "cedar", "cedarschema", "mako", "json", "md", "txt", "typed"),
            )
        ]
        + ["**/migrations/**/*.py"],
    },
    zip_safe=False,
    install_requires=[
        "alembic>=1.18,<2",
        "argon2-cffi>=25.1",
        "cassandra-driver==3.30.1",
        "cedarpy==4.12.2",
        "click>=8.2,<9",
        "cryptography>=46",
        "datasketches>=5.2",
        "duckdb>=1.4",
        "google-re2>=1.1.20251105",
        "jsonpatch>=1.33",
        "jsonschema-rs>=0.37",
        "limits>=5.8,<6",
        "markdown-it-py>=4,<5",
        "msgspec>=0.20",
        "nh3>=0.3",
        "orjson>=3.11",
        "pillow>=12",
        "psycopg[binary]>=3.3,<4",
        "puremagic>=1.30",
        "pyarrow>=22",
        "pydantic>=2.12,<3",
        "pyramid>=2.1,<3",
        "pyramid_jinja2>=2.10",
        "pyramid_retry>=2.1",
        "pyramid_services>=2.2",
        "pyramid_tm>=2.6",
        # Pyramid's asset specifications go through pkg_resources, which setuptools 82 dropped; from 80.9 on its
        # import prints a warning at every start.
        "setuptools>=78.1.1,<80.9",
        "sqlalchemy>=2.1,<2.2",
        "structlog>=25",
        "tzdata",
        "uvicorn>=0.38",
        "uuid-utils>=0.12",
        "waitress>=3.0.2,<4",
        "zxcvbn>=4.5",
        "zope.sqlalchemy>=4,<5",
    ],
    extras_require={
        # Real measurements for the demonstration tenants; installed without its own requirements (see Makefile).
        "demo": ["vega_datasets>=0.9"],
        # Rate limits that several machines count together.
        "redis": ["redis>=6"],
    },
    entry_points={
        "console_scripts": ["insula = insula.cli.main:main"],
        "paste.app_factory": ["main = insula.app:main"],
    },
)
