"""Lists of names: what ships, how a text becomes a run, how runs become the index.

May import `errors` and `dns`. `index.py`, with `pattern.py` and `name_hash.py` below it, answers
queries and imports nothing heavy; everything else runs in the build process or at start.
"""
