"""How large events are, by the amplitudes of their records."""
