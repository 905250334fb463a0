"""Who asks, what is decided, in which order: pure, time is an argument.

May import `errors` and `dns`. Knows neither the index nor the config: it asks something that has
`claims(suffixes)`, and is given plain values.
"""
