"""The verbs: reload, explain, build lists, read the log, tell the status; the workers' link.

May import everything but `web`, `app`, `supervisor` and `cli`. Each verb is one module; the REST
API and the command line are thin skins over them.
"""
