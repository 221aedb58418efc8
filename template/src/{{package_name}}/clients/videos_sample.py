"""What the videos API may respond with. It is used while `VIDEOS_API_URL` is not set."""

from typing import Any

FIRST = {"id": 1, "title": "The first page", "seconds": 95}
ROUTES = {"id": 2, "title": "Routes and views", "seconds": 610}
TESTS = {"id": 3, "title": "Tests that can fail", "seconds": 1245}

PLAYLISTS = {
    "items": [
        {"id": 1, "title": "First steps", "videos": [FIRST, ROUTES]},
        {"id": 2, "title": "For the weekend", "videos": [ROUTES, TESTS]},
        {"id": 3, "title": "Watch later", "videos": []},
    ],
    "pages": 1,
    "total": 3,
}


class SampleApi:
    """Responds like the API, without a network."""

    def get(self, path: str, **query: int) -> Any:
        if path == "/playlists":
            return PLAYLISTS
        video_id = int(path.split("/")[2])
        return {"views": 1000 * video_id, "likes": 10 * video_id}
