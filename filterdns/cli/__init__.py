"""The command line: one file per verb, each a thin skin.

What needs a running filter goes through its control socket; what does not (`check`, `explain
--config`, `lists build --config`) uses the same functions as the control process.
"""
