"""How a core's time is spent, from hand-made traffic and transits."""

import numpy as np

from neurosim.chip.core.utilisation import occupancy
from neurosim.chip.noc.packets import Traffic, Transit
from tests.reference import mesh_sums


def spent(packets, opening=0, scanning=0, ready=None, stall=0):
    """(busy, stalled) of endpoint 0, which scans and serves; endpoint 1 does nothing.

    ``packets`` are (source, destination, inject, entry, service, done), grouped by source.
    """
    rows = np.array(packets, np.int64).reshape(-1, 6)
    first = np.concatenate([[0], np.cumsum(np.bincount(rows[:, 0], minlength=2))])
    ready_ticks = np.array([opening if ready is None else ready, 0])
    traffic = Traffic(first, rows[:, 1].astype(np.int32), rows[:, 2], rows[:, 4], ready_ticks)
    none, links = np.zeros(len(rows), np.int64), np.zeros((1, 4), np.int64)
    transit = Transit(rows[:, 3], none, none, rows[:, 5], np.array([stall, 0]), ready_ticks, links, len(rows), 0, 0)
    services = mesh_sums.tally(traffic).services(2)
    busy, stalled = occupancy(transit, traffic, np.array([opening, 0]), np.array([scanning, 0]), services)
    return int(busy[0]), int(stalled[0])


def test_a_core_without_work_is_neither_busy_nor_stalled():
    assert spent([]) == (0, 0)


def test_a_core_that_only_scans_is_busy_for_its_opening_and_its_scan():
    assert spent([], opening=3, scanning=7) == (10, 0)


def test_a_core_that_only_serves_is_busy_for_its_services():
    assert spent([(1, 0, 0, 0, 4, 9), (1, 0, 0, 0, 2, 20)]) == (6, 0)


def test_a_tick_in_which_both_units_work_is_busy_once():
    # scan 0-10; services 5-9 and 12-14: 10 + 6 - 4
    assert spent([(1, 0, 0, 0, 4, 9), (1, 0, 0, 0, 2, 14)], scanning=10) == (12, 0)


def test_a_replay_keeps_the_synapse_unit_busy_until_it_is_ready():
    # opening 0-2, scan 2-5, replay 2-8, one service 8-11: busy throughout
    assert spent([(1, 0, 0, 0, 3, 11)], opening=2, scanning=3, ready=8) == (11, 0)


def test_a_stalled_scan_is_busy_where_the_synapse_unit_works_meanwhile():
    # Core 0 wants to send at 2 and 3; the FIFO takes the second at 9 only: a stall from 3 to 9, scan 0-4 and its rest
    # after the stall, 10 in all. A service from 5 to 8 covers 3 of the 6 stalled ticks.
    sent = [(0, 1, 2, 2, 0, 0), (0, 1, 3, 9, 0, 0)]
    assert spent(sent, scanning=4, stall=6) == (4, 6)
    assert spent([*sent, (1, 0, 0, 0, 3, 8)], scanning=4, stall=6) == (7, 3)


def test_services_of_no_ticks_that_end_with_a_long_one_do_not_hide_it():
    # Services: 5-10, and 10-10 of a packet that comes first in the list. The stall is from 6 to 8, all of it covered.
    sent = [(0, 1, 6, 8, 0, 0)]
    arrived = [(1, 0, 0, 0, 0, 10), (1, 0, 0, 0, 5, 10)]
    assert spent([*sent, *arrived], scanning=6, stall=2) == (6 + 5 - 1, 0)


def test_a_scan_of_no_ticks_that_has_to_wait_with_what_it_sends_is_stalled_and_not_less_than_idle():
    sent = [(0, 1, 0, 0, 0, 0), (0, 1, 0, 4, 0, 0)]
    assert spent(sent, stall=4) == (0, 4)
