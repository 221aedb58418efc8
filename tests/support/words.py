"""Terms that this repository replaces by others, and a search for them.

The list applies to the text of the repository, and to rendered projects.
"""

import re

TERMS: dict[str, str] = {
    r"answer(s|ed|ing)? (with )?(a )?[1-5]\d\d": "respond, return (an answer is what the user chose)",
    r"rooms?|doors?": "module",
    r"life|lives": "scenario",
    r"answer = (requests|client)": "response",
    r"is no question": "is not a question",
    # `make flips` is a command, and FLIPS a variable.
    r"(?<!make\s)(?!(?-i:FLIPS))flip(s|ped|ping)?": "change",
    r"believ(e|es|ed|ing)": "trust",
    r"mend(s|ed|ing)?": "fix, repair, resolve",
    r"anew": "again, restart",
    r"stands?(?!-ins?| for)|stood|standing": "be in, be at; can be combined with",
    r"lies|lying": "is in, is at",
    r"beside": "next to, with",
    r"behind (it|them)": "after",
    r"whoever": "the operator, the caller",
    r"of before": "previous, earlier",
    r"out of reach": "unreachable",
    r"overtaxed": "overloaded",
    r"go(es)? before": "take precedence over",
    r"(is|are|was|were) about(?! (\d+|an?|one|to)\b)": "apply to",
    r"lines? set in": "continuation line",
    r"dear(er|est|ly)?": "expensive",
    r"shall": "Do you want …?, Which …?",
    r"(?<!_)found(?=\()": "get_or_404",
    r"LONGEST_CHECK": "CHECK_TIMEOUT",
    r"LARGEST_ID": "MAX_ID",
    r"(?<!create_)engine_for": "create_engine_for",
    r"floor plans?": "layout",
    r"heed(s|ed|ing)?": "handle, ignore",
    r"misspelt|spelt|learnt|burnt": "misspelled, spelled, learned, burned",
    r"licences?": "license",
    r"behaviours?": "behavior",
    r"colours?|favours?|honours?|neighbours?|labours?|rumours?": "color, favor, honor, neighbor",
    r"(organi|recogni|initiali|seriali|normali|minimi|optimi|summari)s(e|es|ed|ing)": "-ize",
    r"grey|centre|catalogue|artefacts?|judgement|whilst|amongst": "gray, center, catalog, artifact",
}

# A hyphen or an underscore also separates words: `test_no_life_is_lost` has the word "life". A term
# may continue on the next line, even in a comment or a quotation.
_GAP = r"[-\s_#>*]+"
_PATTERNS = {
    re.compile(rf"(?<![^\W_])(?:{term.replace(' ', _GAP)})(?![^\W_])", re.IGNORECASE): better
    for term, better in TERMS.items()
}


def misused(text: str) -> list[str]:
    """Return a message for each use of a listed term: its line, and what to write instead."""
    found = []
    for pattern, better in _PATTERNS.items():
        for match in pattern.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            found.append((line, f"line {line}: {' '.join(match[0].split())!r}: write {better}"))
    return [message for _, message in sorted(found)]
