WORDS = {
    version: [f'requires-python = ">={version}"'] for version in ("3.11", "3.12", "3.13", "3.14")
}
