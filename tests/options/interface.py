from .rules import Rule, both, given, unless

FILES: list[Rule] = [
    (
        unless(interface="pages"),
        """docs/schemas.md src/api.py src/blueprints/api.py src/schemas.py
        tests/blueprints/test_api.py""",
    ),
    (
        both(unless(interface="pages"), unless(data_layer="none")),
        """src/blueprints/posts/routes.py src/blueprints/posts/schemas.py
        tests/blueprints/posts/test_routes.py""",
    ),
    (
        both(unless(interface="pages"), given(data_layer="none")),
        """src/blueprints/hello/routes.py src/blueprints/hello/schemas.py
        tests/blueprints/hello/test_routes.py""",
    ),
    (given(interface="api"), "docs/html-pages.md"),
    (both(unless(interface="api"), given(nginx="true")), "deploy/nginx/format.conf"),
    (
        unless(interface="api"),
        """docs/pages.md src/blueprints/home/__init__.py src/blueprints/home/pages.py
        src/blueprints/home/templates/home/index.html src/extensions/pages.py src/forms.py src/site.py
        src/static/forms.js src/static/icon.svg src/static/style.css src/templates/_forms.html
        src/templates/_pagination.html src/templates/base.html src/templates/error.html
        tests/blueprints/home/test_pages.py tests/browsing.py tests/extensions/test_pages.py""",
    ),
    (
        both(unless(interface="api"), unless(data_layer="none")),
        """src/blueprints/posts/forms.py src/blueprints/posts/pages.py
        src/blueprints/posts/templates/posts/delete.html src/blueprints/posts/templates/posts/form.html
        src/blueprints/posts/templates/posts/index.html src/blueprints/posts/templates/posts/show.html
        tests/blueprints/posts/test_pages.py""",
    ),
    (
        both(unless(interface="api"), given(data_layer="none")),
        """src/blueprints/hello/forms.py src/blueprints/hello/pages.py
        src/blueprints/hello/templates/hello/index.html tests/blueprints/hello/test_pages.py""",
    ),
]
DEPENDENCIES: list[Rule] = [(unless(interface="api"), "flask-wtf")]
DEV_DEPENDENCIES: list[Rule] = [(unless(interface="api"), "types-wtforms")]

WORDS = {"pages": ["a website"]}
WORDS_OF_SEVERAL = {
    ("api", "both"): ["api/v1", "JSON API", "read_body", "InvalidInput", "routes.py", "schemas.py"],
    ("pages", "both"): ["flask-wtf", "wtforms", "style.css", "blueprints/home"],
}
NO_WORDS = {
    "api": "both has them too",
    "both": "the others have them too",
}
BRINGS = {"both": "web pages", "pages": "Web pages"}
