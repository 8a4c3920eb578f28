"""One pull of a location: walking through its contacts and calls, staging them, going on where it ended."""
