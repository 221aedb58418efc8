from .rules import Rule, given

FILES: list[Rule] = [
    (
        given(compress="true"),
        """docs/compression.md src/extensions/compression.py
        tests/extensions/test_compression.py""",
    ),
]
DEPENDENCIES: list[Rule] = [(given(compress="true"), "flask-compress")]

WORDS = {"true": ["flask-compress", "flask_compress", "compression.md", "Brotli"]}
NO_WORDS = {"false": "without compression there is only less"}
BRINGS = {"true": "compressed"}
