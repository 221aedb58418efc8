"""What hello can do. A function here knows nothing of HTTP, so that anything may call it."""


def greet(name: str) -> dict[str, str]:
    """A greeting to whoever bears this name."""
    return {"message": f"Hello, {name}!"}
