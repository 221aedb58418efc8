from .rules import Rule, both, given, impossible, unless
from .tasks import CELERY

HAS_API = both(given(external_api="true"), unless(interface="pages"))
HAS_PAGES = both(given(external_api="true"), unless(interface="api"))

FILES: list[Rule] = [
    (
        given(external_api="true"),
        """docs/external-api.md migrations/versions/0002_create_videos.py
        src/blueprints/videos/__init__.py src/blueprints/videos/commands.py
        src/blueprints/videos/models.py src/blueprints/videos/services.py src/blueprints/videos/sync.py
        src/clients/__init__.py src/clients/deadline.py src/clients/json_api.py src/clients/videos.py
        src/clients/videos_sample.py src/extensions/videos_api.py tests/api_server.py
        tests/blueprints/videos/test_sync.py tests/clients/test_json_api.py tests/clients/test_videos.py
        tests/extensions/test_videos_api.py""",
    ),
    (
        both(given(external_api="true"), given(data_layer="raw-sql")),
        "src/blueprints/videos/queries.sql",
    ),
    (
        both(given(external_api="true"), CELERY),
        "src/blueprints/videos/tasks.py tests/blueprints/videos/test_tasks.py",
    ),
    (
        HAS_API,
        """src/blueprints/videos/routes.py src/blueprints/videos/schemas.py
        tests/blueprints/videos/test_routes.py""",
    ),
    (
        HAS_PAGES,
        """src/blueprints/videos/pages.py src/blueprints/videos/templates/videos/index.html
        src/blueprints/videos/templates/videos/playlist.html
        src/blueprints/videos/templates/videos/video.html tests/blueprints/videos/test_pages.py""",
    ),
]
DEPENDENCIES: list[Rule] = [(given(external_api="true"), "requests urllib3")]
DEV_DEPENDENCIES: list[Rule] = [(given(external_api="true"), "types-requests")]

# "requests" alone is a word of many sentences.
WORDS = {
    "true": ["requests~=", "types-requests", "urllib3", "VIDEOS_API", "playlist", "flask sync", "external-api.md"]
}
NO_WORDS = {"false": "without another API there is only less"}
BRINGS = {"true": "all extras"}

IMPOSSIBLE = {impossible(("data_layer", "none"), ("external_api", "true"))}

# A project without a data layer has no database.
NEVER_TOGETHER = {impossible(("database", "none"), ("external_api", "true"))}
