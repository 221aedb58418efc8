{% if nginx %}
	@# It reloads its changed files.
	@docker compose exec --no-TTY nginx sh -c 'rm -f /etc/nginx/rollout/* && nginx -t -q && nginx -s reload'
{% endif %}
