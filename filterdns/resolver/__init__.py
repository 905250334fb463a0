"""The hub of the data plane: verdict, cache, memo, upstream, answer, in one order.

May import `upstreams`, `policy`, `blocklists.index`, `dns`, `clock` and `errors`.
"""
