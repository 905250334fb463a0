"""Whether the filter survives: every fault under load, a prober asking all the while: `make soak`.

Stands above everything else and uses the house and the peers of the tests; only tests import it.
"""
