"""How a verdict may be written."""

import pytest

from deepquake.catalog.picks.verdicts import FALSE, NOT_UNDERSTOOD, TRUE, UNSURE, verdict_of


@pytest.mark.parametrize(
    ("text", "said"),
    [
        *(("false", FALSE), ("0.0", FALSE), ("False_Alarm", FALSE), ("TRUE", TRUE), ("1", TRUE)),
        *((" sí ", TRUE), ("?", UNSURE), ("undecided", UNSURE), ("", ""), ("hm", NOT_UNDERSTOOD)),
        *(("Falsch", FALSE), ("bruit", FALSE), ("Erdbeben", TRUE), ("forse", UNSURE)),
    ],
)
def test_a_verdict_may_be_written_in_many_ways(text, said):
    assert verdict_of(text) == said
