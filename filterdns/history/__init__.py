"""What happened: the log of blocked queries and the metrics. It watches and never answers.

May import `resolver`, `policy`, `dns` and `errors`. Only the control process runs it: workers open
no database, they send rows and counts up.
"""
