PIP_AUDIT := uvx --quiet "pip-audit~=2.10"
