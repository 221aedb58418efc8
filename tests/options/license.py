WORDS = {
    "MIT": ['license = "MIT"'],
    "Apache-2.0": ["Apache"],
    "BSD-3-Clause": ["BSD"],
    "GPL-3.0-or-later": ["GPL"],
    "proprietary": ["proprietary"],
}
