"""Which events of a catalogue a person has looked at.

Step 6 signs its s-files with an operator code that no other program of ours uses. SEISAN signs an
event anew where somebody locates or registers it, and takes the sign of an automatic pick away
where it is read again.
"""

from collections.abc import Iterable

from deepquake.catalog.events import DO_NOT_USE, Event

AUTOMATIC_OPERATOR = "DEQ"  # of the last action on events that step 6 has found


def is_touched(event: Event) -> bool:
    """Return whether a person has touched an event: signed it, or read one of its picks."""
    if event.operator and event.operator != AUTOMATIC_OPERATOR:
        return True
    by_hand = any(not pick.automatic for pick in event.picks)
    return by_hand or not (event.picks or event.operator)


def use_reviewed(events: Iterable[Event]) -> int:
    """Take out of use what no person has touched; it was found all the same, and forbids noise.

    Of an event that a person has signed all is used. Of others automatic picks get the weight 4,
    and where no pick is left the event loses its place: nothing is computed from it.

    Parameters
    ----------
    events : iterable of Event
        They are changed.

    Returns
    -------
    int
        How many events no person has touched.
    """
    n_events = 0
    for event in events:
        if event.operator and event.operator != AUTOMATIC_OPERATOR:
            continue
        if not is_touched(event):
            n_events += 1
            event.latitude = event.longitude = event.depth_km = None
            event.magnitudes = []
        for pick in event.picks:
            if pick.automatic:
                pick.weight = DO_NOT_USE
    return n_events
