.PHONY: run
run: setup  ## Serve on http://127.0.0.1:5000 (PORT=…), and again whenever a file changes
	@flask run{{ " --first prepare" if data_layer != "none" }}
