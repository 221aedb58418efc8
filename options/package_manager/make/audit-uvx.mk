PIP_AUDIT = "$$($(PYTHON) .copier/tools.py "uv>=0.4.27")" tool run --quiet "pip-audit~=2.10"
