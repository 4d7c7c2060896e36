"""Writes pipelines that plan, deploy, watch and report: one template for each tool, and its blanks."""
