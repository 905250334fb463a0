"""The main process: it owns the sockets and keeps the others running, whatever happens to them.

May import `listeners` (to bind) and what stands at the bottom; knows nothing of what the others do.
"""
