"""The settings: each environment's own, and what the process's environment may change.

A feature reads its variables in its own module; here are those that every application has.
"""

from collections.abc import Mapping
from pathlib import Path

from flask import Config as FlaskConfig
from flask import Flask

from .env import ConfigError, host_names, one_of, read, switch, text, whole_number, words

ROOT = Path(__file__).resolve().parents[2]
INSTANCE = ROOT / "instance"

# A key of fewer bytes than the signature's own hash can be guessed offline.
SHORTEST_SECRET_KEY = 32
CURE = "Make one with `flask secret` and set it in the environment or in .env."
ENV_CURE = " There is no .env: `make setup` makes it from .env.example, with a key."
PLACEHOLDERS = ("changeme", "change-me", "change_me", "example", "placeholder", "your-secret")


class Config:
    """What all environments share. An upper-case name is a setting: `app.config["NAME"]`."""

    SECRET_KEY = ""
    SECRET_KEY_FALLBACKS: tuple[str, ...] = ()

    # Host names to answer to; every name when empty. Not Flask's own TRUSTED_HOSTS, which would
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
    """A person at a terminal: readable log lines, and no HTTPS on this machine."""

    LOG_JSON = False


class Testing(Config):
    """The same everywhere: nothing that is set on this machine reaches the tests."""

    TESTING = True
    DEBUG = False
    SECRET_KEY = "only-for-the-tests-and-long-enough"  # noqa: S105 (public on purpose)

    # The test client sends plain HTTP to localhost.
    ALLOWED_HOSTS = ()
    FORCE_HTTPS = False


class Production(Config):
    """Closed unless opened: HTTPS only, and cookies that no other host can set."""

    DEBUG = False
    FORCE_HTTPS = True
    SESSION_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-session"


ENVIRONMENTS: dict[str, type[Config]] = {
    "development": Development,
    "testing": Testing,
    "production": Production,
}

# Variable: its setting, and how it is read.
VARIABLES = {
    "SECRET_KEY": ("SECRET_KEY", text),
    "SECRET_KEY_FALLBACKS": ("SECRET_KEY_FALLBACKS", words),
    "TRUSTED_HOSTS": ("ALLOWED_HOSTS", host_names),
    "TRUSTED_PROXIES": ("TRUSTED_PROXIES", whole_number(0, 10)),
    "FORCE_HTTPS": ("FORCE_HTTPS", switch),
    "PORT": ("PORT", whole_number(1, 65535)),
    "LOG_LEVEL": ("LOG_LEVEL", one_of("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")),
    "LOG_FILE": ("LOG_FILE", text),
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
        for variable, (setting, reader) in VARIABLES.items():
            value = read(variable, reader)
            if value is not None:
                app.config[setting] = value
    app.config.from_mapping(given)

    if problem := weakness_of_secret_key(app.config):
        raise ConfigError(problem)


def environment_name() -> str:
    """The name in `APP_ENV`; production when it is unset, so that no server is open by neglect."""
    return read("APP_ENV", one_of(*ENVIRONMENTS)) or "production"


def weakness_of_secret_key(config: FlaskConfig) -> str | None:
    """What is wrong with the keys that this application's signatures are believed by, if anything."""
    if not config["SECRET_KEY"]:
        # Beside the example, so on a machine to develop on.
        is_deleted = (ROOT / ".env.example").exists() and not (ROOT / ".env").exists()
        return f"SECRET_KEY is not set. {CURE}{ENV_CURE if is_deleted else ''}"
    for name, keys in {
        "SECRET_KEY": [config["SECRET_KEY"]],
        "SECRET_KEY_FALLBACKS": config["SECRET_KEY_FALLBACKS"],
    }.items():
        for key in map(str, keys):
            if len(key.encode()) < SHORTEST_SECRET_KEY:
                return f"{name} is {len(key)} characters long; {SHORTEST_SECRET_KEY} are needed. {CURE}"
            if len(set(key)) < 10 or any(word in key.lower() for word in PLACEHOLDERS):
                return f"{name} is a placeholder that anyone can guess. {CURE}"
    return None
