"""The desk's four Grafana dashboards as code; `deploy/grafana/build_dashboards.py` writes their JSON."""
