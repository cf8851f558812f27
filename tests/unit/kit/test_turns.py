"""Turns: a bounded number at once, one for each key, and nobody waits in a crowd."""

import threading

import pytest

from insula.kit.errors import Unavailable
from insula.kit.turns import Turns


class Worker:
    """A thread that takes a turn and keeps it until told to let go."""

    def __init__(self, turns, key):
        self.begun, self._done, self.refused = threading.Event(), threading.Event(), False
        self._thread = threading.Thread(target=self._work, args=(turns, key))
        self._thread.start()

    def _work(self, turns, key):
        try:
            with turns.take(key):
                self.begun.set()
                self._done.wait(10)
        except Unavailable:
            self.refused = True

    def end(self):
        self._done.set()
        self._thread.join(10)
        return self


def test_one_key_has_one_turn_and_others_have_theirs():
    turns = Turns(at_once=2, wait=0.05)
    first = Worker(turns, "one")
    assert first.begun.wait(5)
    with pytest.raises(Unavailable) as refused, turns.take("one"):
        pass
    assert refused.value.retry_after == 1
    with turns.take("two"):
        pass
    first.end()
    with turns.take("one"):
        pass


def test_there_are_so_many_at_once_and_no_more():
    turns = Turns(at_once=2, wait=0.05)
    workers = [Worker(turns, key) for key in ("one", "two")]
    assert all(each.begun.wait(5) for each in workers)
    with pytest.raises(Unavailable), turns.take("three"):
        pass
    workers[0].end()
    with turns.take("three"):
        pass
    workers[1].end()


def test_who_waits_gets_the_turn_that_becomes_free_and_a_second_one_is_told_at_once():
    turns = Turns(at_once=1, wait=10)
    first = Worker(turns, "one")
    assert first.begun.wait(5)
    second = Worker(turns, "one")
    while not turns._waiting["one"]:
        pass
    with pytest.raises(Unavailable), turns.take("one"):
        pass
    first.end()
    assert second.begun.wait(5)
    assert not second.end().refused


def test_a_turn_is_given_back_when_the_work_fails_and_taken_twice_by_one_thread():
    turns = Turns(at_once=1, wait=0.05)
    with pytest.raises(ZeroDivisionError), turns.take("one"), turns.take("one"):
        raise ZeroDivisionError
    with turns.take("two"):
        pass
    assert not turns._working
    assert not turns._waiting
