"""The settings: each environment's own, and what the process's environment may change.

A feature reads its variables in its own module; here are those that every application has.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from flask import Config as FlaskConfig
from flask import Flask

from .env import ConfigError, host_names, one_of, read, read_into, switch, text, whole_number, words

ROOT = Path(__file__).resolve().parents[2]
INSTANCE = ROOT / "instance"

# A key shorter than the hash of the signature can be guessed offline.
MIN_SECRET_KEY_LENGTH = 32
CURE = "Make one with `flask secret` and set it in the environment or in .env."
ENV_CURE = " There is no .env: `make setup` makes it from .env.example, with a key."
PLACEHOLDERS = ("changeme", "change-me", "change_me", "example", "placeholder", "your-secret")


class Config:
    """What all environments share. An upper-case name is a setting: `app.config["NAME"]`."""

    SECRET_KEY = ""
    SECRET_KEY_FALLBACKS: tuple[str, ...] = ()

    # Host names to respond to; every name when empty. Not Flask's own TRUSTED_HOSTS, which would
    # also turn away the probe that asks for /health by the machine's address.
    ALLOWED_HOSTS: tuple[str, ...] = ()
    TRUSTED_PROXIES = 0
    FORCE_HTTPS = False
    PORT = 5000

    LOG_LEVEL = "INFO"
    LOG_FILE: str | None = None
    LOG_JSON = True

    # A larger body is refused with 413, before it is read.
    MAX_CONTENT_LENGTH = 1024 * 1024

    SESSION_COOKIE_HTTPONLY = True
    SESSION_COOKIE_SAMESITE = "Lax"


class Development(Config):
    """For a developer at a terminal: readable log lines, and no HTTPS."""

    LOG_JSON = False


class Testing(Config):
    """The same on every machine: the tests read none of its variables."""

    TESTING = True
    DEBUG = False
    SECRET_KEY = "only-for-the-tests-and-long-enough"  # noqa: S105 (public on purpose)

    # The test client sends plain HTTP to localhost.
    ALLOWED_HOSTS = ()
    FORCE_HTTPS = False


class Production(Config):
    """Secure by default: HTTPS only, and cookies that no other host can set."""

    DEBUG = False
    FORCE_HTTPS = True
    SESSION_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-session"


ENVIRONMENTS: dict[str, type[Config]] = {
    "development": Development,
    "testing": Testing,
    "production": Production,
}

# The variables that set the setting of the same name, and how each is read.
VARIABLES: dict[str, Callable[[str], object]] = {
    "SECRET_KEY": text,
    "SECRET_KEY_FALLBACKS": words,
    "ALLOWED_HOSTS": host_names,
    "TRUSTED_PROXIES": whole_number(0, 10),
    "FORCE_HTTPS": switch,
    "PORT": whole_number(1, 65535),
    "LOG_LEVEL": one_of("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"),
    "LOG_FILE": text,
}


def load_config(app: Flask, config: str | Mapping[str, object] | None) -> None:
    """Fill `app.config`: the environment's class, then its variables, then the given mapping."""
    given = config if isinstance(config, Mapping) else {}
    name = config if isinstance(config, str) else given.get("APP_ENV") or environment_name()
    if name not in ENVIRONMENTS:
        raise ConfigError(f"APP_ENV is {name!r}; it must be one of {', '.join(ENVIRONMENTS)}.")

    app.config.from_object(ENVIRONMENTS[str(name)])
    app.config["APP_ENV"] = name
    if not app.testing:
        refuse_old_names()
        read_into(app.config, VARIABLES)
    app.config.from_mapping(given)

    if problem := weakness_of_secret_key(app.config):
        raise ConfigError(problem)


def refuse_old_names() -> None:
    """Raise `ConfigError` if a variable is set by its old name only, which has no effect."""
    if os.environ.get("TRUSTED_HOSTS") and not os.environ.get("ALLOWED_HOSTS"):
        raise ConfigError("TRUSTED_HOSTS has no effect any more: rename it to ALLOWED_HOSTS.")


def environment_name() -> str:
    """Return the name in `APP_ENV`; production when it is unset, the safest default."""
    return read("APP_ENV", one_of(*ENVIRONMENTS)) or "production"


def weakness_of_secret_key(config: FlaskConfig) -> str | None:
    """Return why a signing key is too weak, or None."""
    if not config["SECRET_KEY"]:
        # .env.example is here, so this is a development machine.
        is_deleted = (ROOT / ".env.example").exists() and not (ROOT / ".env").exists()
        return f"SECRET_KEY is not set. {CURE}{ENV_CURE if is_deleted else ''}"
    for name, keys in {
        "SECRET_KEY": [config["SECRET_KEY"]],
        "SECRET_KEY_FALLBACKS": config["SECRET_KEY_FALLBACKS"],
    }.items():
        for key in map(str, keys):
            if len(key.encode()) < MIN_SECRET_KEY_LENGTH:
                return f"{name} is {len(key)} characters long; {MIN_SECRET_KEY_LENGTH} are needed. {CURE}"
            if len(set(key)) < 10 or any(word in key.lower() for word in PLACEHOLDERS):
                return f"{name} is a placeholder that anyone can guess. {CURE}"
    return None
