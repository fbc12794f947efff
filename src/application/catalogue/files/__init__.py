"""Loading a catalogue kept as files."""
