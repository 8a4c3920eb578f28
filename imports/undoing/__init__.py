"""Taking decisions back, whichever and whenever."""
