from .rules import Rule, given, impossible

FILES: list[Rule] = [
    (
        given(api_framework="apiflask"),
        """docs/openapi.md src/openapi/__init__.py src/openapi/blueprint.py src/openapi/document.py
        src/openapi/page.py src/openapi/start.js src/openapi/templates/openapi/docs.html
        tests/test_openapi.py""",
    ),
    (given(api_framework="flask-restful"), "docs/resources.md src/resources.py"),
]
DEPENDENCIES: list[Rule] = [
    (given(api_framework="apiflask"), "apiflask flask-swagger-ui"),
    (given(api_framework="flask-restful"), "flask-restful"),
]
TARGETS: list[Rule] = [(given(api_framework="apiflask"), "openapi")]

WORDS = {
    "apiflask": ["apiflask", "openapi", "swagger"],
    "flask-restful": ["flask-restful", "flask_restful", "flask<3.2"],
}
NO_WORDS = {
    "flask": "every project uses Flask",
    "none": "without a JSON API there is only less",
}
BRINGS = {"apiflask": "OpenAPI"}

IMPOSSIBLE = {
    impossible(("interface", "pages"), ("api_framework", "apiflask")),
    impossible(("interface", "pages"), ("api_framework", "flask")),
    impossible(("interface", "pages"), ("api_framework", "flask-restful")),
    impossible(("interface", "api"), ("api_framework", "none")),
    impossible(("interface", "both"), ("api_framework", "none")),
}
