"""Posts to begin with, for `flask seed`."""

from . import services

POSTS = {
    "Welcome": "This post came with the project. Change it, delete it, or write the next one.",
    "Where things are": "Each feature is one folder in blueprints/. This one is called posts.",
    "What to read first": "The application is put together in create_app, in under 50 lines.",
}


def seed() -> int:
    """Write the posts, unless there are any; return how many were written."""
    if services.list_posts(per_page=1).total:
        return 0
    for title, body in POSTS.items():
        services.create_post(title=title, body=body)
    return len(POSTS)
