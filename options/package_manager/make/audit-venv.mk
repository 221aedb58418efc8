PIP_AUDIT := .venv/audit/bin/pip-audit

# It has an environment of its own, so that its own dependencies are not among those of the project.
audit: $(PIP_AUDIT)
$(PIP_AUDIT): .venv/ready
	@python -m venv --clear .venv/audit
	@.venv/audit/bin/pip install --quiet --disable-pip-version-check "pip-audit~=2.10"
