kubectl apply -f deployment.yaml
kubectl rollout status deployment/shop
kubectl get pods -l app=shop -w
kubectl rollout undo deployment/shop
