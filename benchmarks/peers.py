"""The proxies that Envoy is compared with: one worker each, one upstream kept alive, no access log, no extras."""

from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.serving import CONNECTIONS, Server, free_port

Programs = Mapping[str, str]
KEPT = 2 * CONNECTIONS
"""Upstream connections that a proxy may keep, so that none has to open a new one."""
FOREVER = 1_000_000_000
"""Requests per connection: nginx would close one after a thousand."""

NGINX = """\
worker_processes 1; daemon off; pid {folder}/nginx-{port}.pid; error_log stderr error;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests {forever};
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  {body}
}}
"""
NGINX_UPSTREAM = "server {{ listen 127.0.0.1:{port}; location / {{ return 200 'ok\\n'; }} }}"
NGINX_PROXY = """\
upstream app {{ server 127.0.0.1:{upstream}; keepalive {kept}; keepalive_requests {forever}; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{ proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; }}
  }}"""
HAPROXY = """\
global
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
frontend users
  bind 127.0.0.1:{port}
  default_backend app
backend app
  server app1 127.0.0.1:{upstream} pool-max-conn {kept}
"""
TRAEFIK = """\
global: {{checkNewVersion: false, sendAnonymousUsage: false}}
log: {{level: ERROR}}
entryPoints: {{users: {{address: "127.0.0.1:{port}"}}}}
providers: {{file: {{filename: "{folder}/traefik-routes.yaml"}}}}
serversTransport: {{maxIdleConnsPerHost: {kept}}}
"""
TRAEFIK_ROUTES = """\
http:
  routers: {{app: {{rule: "PathPrefix(`/`)", service: app, entryPoints: [users]}}}}
  services: {{app: {{loadBalancer: {{servers: [{{url: "http://127.0.0.1:{upstream}"}}]}}}}}}
"""
CADDY = """\
{{
  admin off
  auto_https off
  persist_config off
}}
http://127.0.0.1:{port} {{
  reverse_proxy 127.0.0.1:{upstream} {{
    transport http {{
      keepalive_idle_conns_per_host {kept}
    }}
  }}
}}
"""


def upstream(programs: Programs, folder: Path) -> Server:
    """The application: nginx that answers by itself."""
    return _nginx("upstream", programs, folder, NGINX_UPSTREAM)


def nginx(programs: Programs, folder: Path, upstream: int) -> Server:
    """nginx.org."""
    return _nginx("nginx", programs, folder, NGINX_PROXY, upstream=upstream)


def _nginx(name: str, programs: Programs, folder: Path, body: str, upstream: int = 0) -> Server:
    port = free_port()
    inner = body.format(port=port, upstream=upstream, kept=KEPT, forever=FOREVER)
    path = _written(folder / f"{name}.conf", NGINX.format(folder=folder, port=port, forever=FOREVER, body=inner))
    return Server(name, [programs["nginx"], "-c", path], port=port, folder=folder)


def haproxy(programs: Programs, folder: Path, upstream: int) -> Server:
    """haproxy.org."""
    port = free_port()
    path = _written(folder / "haproxy.cfg", HAPROXY.format(port=port, upstream=upstream, kept=KEPT))
    return Server("HAProxy", [programs["haproxy"], "-db", "-f", path], port=port, folder=folder)


def traefik(programs: Programs, folder: Path, upstream: int) -> Server:
    """traefik.io."""
    port = free_port()
    _written(folder / "traefik-routes.yaml", TRAEFIK_ROUTES.format(upstream=upstream))
    path = _written(folder / "traefik.yaml", TRAEFIK.format(folder=folder, port=port, kept=KEPT))
    command = ["env", "GOMAXPROCS=1", programs["traefik"], f"--configFile={path}"]
    return Server("Traefik", command, port=port, folder=folder)


def caddy(programs: Programs, folder: Path, upstream: int) -> Server:
    """caddyserver.com."""
    port = free_port()
    path = _written(folder / "Caddyfile", CADDY.format(port=port, upstream=upstream, kept=KEPT))
    command = ["env", "GOMAXPROCS=1", f"HOME={folder}", programs["caddy"], "run", "--config", path]
    return Server("Caddy", [*command, "--adapter", "caddyfile"], port=port, folder=folder)


PEERS: tuple[Callable[[Programs, Path, int], Server], ...] = (nginx, haproxy, traefik, caddy)


def _written(path: Path, content: str) -> str:
    path.write_text(content)
    return str(path)
