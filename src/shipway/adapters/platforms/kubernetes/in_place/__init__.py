"""The user's own workload, updated in place: it keeps its name, and its controller replaces the pods.

So many at once as the plan's next batch has.
"""
