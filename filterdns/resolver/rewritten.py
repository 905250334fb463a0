"""Answers about the names that are asked in place of others, with the alias that leads there.

The cache has them under the question that an upstream was asked. What it takes to put the alias
before one is kept, too: there are a few such names, and every child asks for them.
"""

from typing import Final

from filterdns.dns.alias import with_alias
from filterdns.dns.question import Question
from filterdns.resolver.cache import Cached

MOST_KEPT: Final = 256  # of some ten names with two types, DO and CD


class Rewritten:
    """What was made of cached answers, as long as the cache has the same."""

    def __init__(self) -> None:
        self._made_by_question: dict[Question, tuple[Cached, Cached]] = {}

    def of(self, question: Question, cached: Cached) -> Cached:
        """Return *cached*, which answers *question*, as the answer about an alias of its name.

        It may be served for as long as *cached*. Raises `MalformedMessage`.
        """
        known = self._made_by_question.get(question)
        if known is not None and known[0] is cached:
            return known[1]
        if len(self._made_by_question) >= MOST_KEPT:
            self._made_by_question.clear()
        made = cached._replace(answer=with_alias(cached.answer, question.name))
        self._made_by_question[question] = (cached, made)
        return made
