"""Reads environment variables, and refuses invalid values in one line.

A reader takes the text that was found and returns its value. For a text that it cannot use, it
raises `ValueError` with what would be allowed: the end of the sentence "it must be …".
"""

import os
import re
from collections.abc import Callable, Mapping, MutableMapping
from pathlib import Path
from typing import Any, TypeVar

from dotenv import load_dotenv

T = TypeVar("T")

CREDENTIALS = re.compile(r"(://[^:/@]*):.*")


class ConfigError(Exception):
    """A setting that cannot be used. One line: its name, what was found, what is allowed."""


def load_env_file(path: str) -> None:
    """Set the variables of a file that the environment does not have.

    Raises `ConfigError` when the file is not UTF-8.
    """
    try:
        load_dotenv(path)
    except UnicodeDecodeError as error:
        line = Path(path).read_bytes().count(b"\n", 0, error.start) + 1
        raise ConfigError(
            f"{path} is not UTF-8 (line {line}). Save it as UTF-8, or write that line again."
        ) from None


def read(name: str, reader: Callable[[str], T]) -> T | None:
    """The value of a variable, or None when it is unset or empty.

    Raises `ConfigError` when the reader refuses it.
    """
    found = os.environ.get(name, "").strip()
    if not found:
        return None
    try:
        return reader(found)
    except ValueError as error:
        raise ConfigError(f"{name} is {_without_password(found)!r}; it must be {error}.") from None


def read_into(
    settings: MutableMapping[str, Any], readers: Mapping[str, Callable[[str], Any]]
) -> None:
    """Set the settings that have a variable of the same name, if it is set."""
    for name, reader in readers.items():
        value = read(name, reader)
        if value is not None:
            settings[name] = value


def text(found: str) -> str:
    return found


def words(found: str) -> list[str]:
    """The parts between commas, without the blanks around them."""
    return [word.strip() for word in found.split(",") if word.strip()]


def host_names(found: str) -> list[str]:
    """The parts between commas, each the name of a host, or `.example.org` for all below it."""
    names = words(found)
    if not all(re.fullmatch(r"\.?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", name) for name in names):
        raise ValueError("host names with commas between them, like example.org,.example.com")
    return names


def switch(found: str) -> bool:
    if found.lower() in {"1", "true", "yes", "on"}:
        return True
    if found.lower() in {"0", "false", "no", "off"}:
        return False
    raise ValueError("true or false")


def whole_number(lowest: int, highest: int) -> Callable[[str], int]:
    def reader(found: str) -> int:
        if re.fullmatch("[0-9]{1,9}", found) and lowest <= int(found) <= highest:
            return int(found)
        raise ValueError(f"a whole number from {lowest} to {highest}")

    return reader


def one_of(*choices: str) -> Callable[[str], str]:
    def reader(found: str) -> str:
        for choice in choices:
            if found.lower() == choice.lower():
                return choice
        raise ValueError(f"{', '.join(choices[:-1])} or {choices[-1]}")

    return reader


def mask(message: str) -> str:
    """The message without the passwords in its URLs: `scheme://user:***@host`."""
    if "://" not in message and "password=" not in message:
        return message  # most lines of a log: a search takes 1 µs, the replacements 20
    message = re.sub(r"\S+", _mask_word, message)
    return re.sub(r"(?<=[?&]password=)[^&\s]*", "***", message)


def _mask_word(found: re.Match[str]) -> str:
    # One expression for all of it would take a time quadratic in the length of a hostile path.
    before, at, after = found[0].rpartition("@")
    return CREDENTIALS.sub(r"\1:***", before) + at + after


def _without_password(value: str) -> str:
    """Return a refused value for screens and logs, without what may be a password."""
    value = re.sub(r"^(\w[\w+.-]*://)?.*@", r"\1***@", value, flags=re.DOTALL)
    # An address without a host: what follows its user is no port.
    value = re.sub(r"(://[^:/@]*):(?!\d+([/?]|$)).*", r"\1:***", value, flags=re.DOTALL)
    return mask(value)
