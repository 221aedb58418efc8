"""Follow the template that this project was made from.

    python .copier/update.py check                 tell whether there is a newer template
    python .copier/update.py update                take in what is new in it
    python .copier/update.py option python=3.13    change answers

`make update-check`, `make update` and `make option` run these. Old Pythons are refused in one line:
keep this file to the syntax of Python 3.6.
"""

import sys

if __name__ == "__main__":
    # Without it there would be a new folder, __pycache__, which may not be ignored by git.
    sys.dont_write_bytecode = True
    from tools import require_python

    require_python("3.9")
    from update_commands import main

    main(*sys.argv[1:])
