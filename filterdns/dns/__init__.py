"""Bytes to values and back, without I/O: names, questions, answers, EDNS, framing.

May import `errors` and nothing else of filterdns.
"""
