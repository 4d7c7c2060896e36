kubectl apply -f shop-v2-deployment.yaml
kubectl apply -f virtualservice-5percent.yaml
kubectl logs -l version=v2 --tail=100 -f
kubectl scale deployment shop-v1 --replicas=0
kubectl apply -f virtualservice-0percent.yaml
kubectl delete deployment shop-v2
