"""Asks other services what a checklist wants to know: forges, dashboards, alerts."""
