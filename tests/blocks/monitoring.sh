kubectl logs -l version=v1 | grep ERROR | wc -l
kubectl logs -l version=v2 | grep ERROR | wc -l
kubectl top pods -l version=v1
kubectl top pods -l version=v2
rate(http_requests_total{version="v2", status=~"5.."}[5m])
histogram_quantile(0.95, http_request_duration_seconds{version="v2"})
