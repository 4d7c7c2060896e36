eb deploy shop-green-env
eb swap shop-blue-env --destination-name shop-green-env
gcloud compute target-pools add-instances blue-pool --instances=green-instances
gcloud compute forwarding-rules set-target my-forwarding-rule --target-pool=green-pool
curl -X PATCH https://api.featureflags.com/flags/new-checkout -H "Authorization: Bearer $API_KEY" -d '{"enabled": false}'
