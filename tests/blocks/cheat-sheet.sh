kubectl rollout pause deployment/shop
kubectl rollout resume deployment/shop
kubectl scale deployment/shop --replicas=10
