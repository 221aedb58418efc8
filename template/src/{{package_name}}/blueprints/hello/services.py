"""What hello can do. A function here knows nothing of HTTP, so that anything may call it."""


def greet(name: str) -> dict[str, str]:
    """Return a greeting for this name."""
    return {"message": f"Hello, {name}!"}
