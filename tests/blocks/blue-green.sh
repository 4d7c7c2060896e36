kubectl apply -f shop-green-deployment.yaml
kubectl rollout status deployment/shop-green
kubectl port-forward deployment/shop-green 8080:8000
kubectl patch service shop-service -p '{"spec":{"selector":{"version":"green"}}}'
kubectl logs -l app=shop,version=green --tail=100 -f
kubectl patch service shop-service -p '{"spec":{"selector":{"version":"blue"}}}'
