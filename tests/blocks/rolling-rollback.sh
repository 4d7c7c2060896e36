kubectl rollout undo deployment/shop
kubectl rollout history deployment/shop
kubectl rollout undo deployment/shop --to-revision=3
