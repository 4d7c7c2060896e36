"""What platforms that run replicas on one machine share: their records and fence, probes, output and usage."""
