"""Heard over a whole year: sessions stay in the order of their days, however many there are."""

from peerkit import demo, fold, measures


def test_the_sessions_of_each_peer_are_in_order_of_days(demo_year):
    """The median of the last four is that of the four before, and no others."""
    journal = demo_year.open_journal()
    sessions = fold.sessions(journal.sessions(), as_of=demo.LAST_DAY, time_zone=journal.time_zone)
    journal.close()

    heard = measures.heard(sessions, as_of=demo.LAST_DAY)

    in_order = heard.sort_values(["peer", "held_on"], kind="stable", ignore_index=True)
    assert heard["session_id"].to_list() == in_order["session_id"].to_list()
    assert heard["peer"].value_counts().min() > 16
