"""What Claude reads out of a call's transcript: asked for once, proven by quotes, kept with what it cost."""
