"""What an answer is called."""

from filterdns.resolver.answer import Outcome


def test_outcomes_are_words_for_a_metrics_label() -> None:
    assert all(outcome.value.isalpha() and outcome.value.islower() for outcome in Outcome)
