# `make update` and `make option` stage it with the dependencies that they change.
LOCK := poetry.lock

.venv/ready: pyproject.toml $(wildcard $(LOCK))
	$(check_writable)
	@poetry=$$($(PYTHON) .copier/tools.py "poetry>=2.2") && \
		{ "$$poetry" check --quiet --lock 2>/dev/null || "$$poetry" lock; } && "$$poetry" install
	@touch $@
