"""Whether the filter survives: every fault under load, a prober asking all the while: `make soak`.

And whether it stays right and small for long: `make soak WHAT=truth` and others.

Stands above everything else and uses the house and the peers of the tests; only tests import it.
"""
