PIP_AUDIT := .venv/audit/bin/pip-audit

# In an environment of its own, so that its dependencies are not among the project's.
audit: $(PIP_AUDIT)
$(PIP_AUDIT): .venv/ready
	@python -m venv --clear .venv/audit
	@.venv/audit/bin/pip install --quiet --no-compile --disable-pip-version-check "pip-audit~=2.10"
