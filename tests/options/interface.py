from .rules import Rule, always, both, given, unless

FILES: list[Rule] = [
    (always, "src/api.py src/blueprints/api.py tests/blueprints/test_api.py"),
    (given(interface="api"), "docs/html-pages.md"),
    (
        given(interface="both"),
        """docs/pages.md src/blueprints/home/__init__.py src/blueprints/home/pages.py
        src/blueprints/home/templates/home/index.html src/extensions/pages.py src/forms.py src/site.py
        src/static/icon.svg src/static/style.css src/templates/_forms.html
        src/templates/_pagination.html src/templates/base.html src/templates/error.html
        tests/blueprints/home/test_pages.py tests/browsing.py tests/extensions/test_pages.py""",
    ),
    (
        both(given(interface="both"), unless(data_layer="none")),
        """src/blueprints/posts/forms.py src/blueprints/posts/pages.py
        src/blueprints/posts/templates/posts/delete.html src/blueprints/posts/templates/posts/form.html
        src/blueprints/posts/templates/posts/index.html src/blueprints/posts/templates/posts/show.html
        tests/blueprints/posts/test_pages.py""",
    ),
    (
        given(interface="both", data_layer="none"),
        """src/blueprints/hello/forms.py src/blueprints/hello/pages.py
        src/blueprints/hello/templates/hello/index.html tests/blueprints/hello/test_pages.py""",
    ),
]
DEPENDENCIES: list[Rule] = [(given(interface="both"), "flask-wtf")]
DEV_DEPENDENCIES: list[Rule] = [(given(interface="both"), "types-wtforms")]

WORDS = {"both": ["flask-wtf", "wtforms", "style.css", "blueprints/home"]}
NO_WORDS = {"api": "every project has the words of its API"}
BRINGS = {"both": "web pages"}
