"""The demonstration passwords are made once and kept where only their owner reads them."""

from pathlib import Path

from insula.demo.passwords import PasswordFile


def test_a_password_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "var" / "demo.txt"
    first = PasswordFile(path).of("owner@seattle.example")
    assert PasswordFile(path).of("owner@seattle.example") == first
    assert PasswordFile(path).of("owner@bay.example") != first
    assert list(PasswordFile(path).all()) == ["owner@seattle.example", "owner@bay.example"]


def test_only_the_owner_reads_the_file(tmp_path: Path) -> None:
    path = tmp_path / "demo.txt"
    PasswordFile(path).of("owner@seattle.example")
    assert path.stat().st_mode & 0o777 == 0o600


def test_without_a_file_there_are_no_passwords(tmp_path: Path) -> None:
    assert PasswordFile(tmp_path / "none.txt").all() == {}
