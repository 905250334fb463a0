"""How long an answer may be kept by whoever gets it."""

from filterdns.policy.effective import EffectivePolicy


def ttl_cap(policy: EffectivePolicy, now: float) -> int:
    """Return the most seconds that an answer under *policy* may be kept.

    Never past the moment when the policy next changes: a phone would play on from its own cache.
    The same for all of a second, because a memo repeats it until the second ends.
    """
    left = policy.valid_until - (int(now) + 1)
    if left >= policy.max_ttl_seconds:  # nearly always
        return policy.max_ttl_seconds
    return max(0, int(left))
