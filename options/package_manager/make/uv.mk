# `make update` and `make option` stage it with the dependencies that they change.
LOCK := uv.lock

.venv/ready: pyproject.toml $(wildcard $(LOCK))
	$(check_writable)
	@uv=$$($(PYTHON) .copier/tools.py "uv>=0.4.27") && "$$uv" sync
	@touch $@
