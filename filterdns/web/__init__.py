"""The REST API and the metrics page: thin skins over `control`, served by uvicorn.

May import everything but `app`, `supervisor` and `cli`. One road for all callers: the command line
speaks the same JSON over the control socket.
"""
